"""`serve` in a process of its own: what it refuses, in one sentence, and what it shows."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.service import PASSED_ON, Service

STRONG = "a-good-key-h6j2v8c4"


def serve(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`serve` that is expected to end by itself."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        cwd=folder,
        env=environment | {"BACKEND_PORT": str(free_port())} | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def speaks_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"API_KEY": "short"}, "API_KEY is shorter than 16 characters"),
        ({"API_KEY": "change-me-to-something"}, "API_KEY looks like a placeholder"),
        ({"ENVIRONMENT": "production"}, "ENVIRONMENT=production needs API_KEY"),
        ({"ENVIRONMENT": "production", "API_KEY": STRONG, "DEBUG": "true"}, "DEBUG is refused in production"),
        ({"RESILIENCE_PRESET": "heroic"}, "RESILIENCE_PRESET"),
        ({"RESILIENCE_CUSTOM_CONFIG": '{"retry_attempts": 99}'}, "retry_attempts"),
        ({"RESILIENCE_CUSTOM_CONFIG": '{"operation_overrides": {"dance": "balanced"}}'}, "dance"),
        ({"AI_MODEL": "openai:gpt"}, "OPENAI_API_KEY"),
        ({"REDIS_URL": "swordfish://nowhere"}, "REDIS_URL"),
        ({"API_KEY_FILE": "/no/such/file"}, "API_KEY_FILE names a file that cannot be read"),
        ({"AI_TEMPRATURE": "1"}, "Did you mean AI_TEMPERATURE?"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_followed_is_refused_in_one_sentence(
    settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    ended = serve(tmp_path, **settings)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_in_use_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = serve(tmp_path, BACKEND_PORT=str(port), API_KEY=STRONG)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert str(port) in ended.stderr


async def test_nothing_has_to_be_set_and_what_is_shown_works() -> None:
    with Service(API_KEY="", ADDITIONAL_API_KEYS="", ADMIN_API_KEY="") as service:
        await eventually(lambda: "curl" in service.output())
        shown = service.output()
        assert "offline; set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY" in shown
        key, admin = (re.search(rf"{name} key +(\S+)", shown) for name in ("API", "Admin"))
        assert key is not None
        assert admin is not None
        pasted = re.sub(r"^.*?(?=curl )", "", shown[shown.index("curl ") :].partition("\n\n")[0], flags=re.DOTALL)
        curl = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, check=True, timeout=30)
        assert '"success":true' in curl.stdout
        address = re.search(r"Docs +(\S+)", shown)
        assert address is not None
        assert httpx2.get(address[1], trust_env=False).status_code == 200
        for found, path in ((key, "/v1/auth/status"), (admin, "/internal/")):
            assert service.anonymous.get(path, headers={"X-API-Key": found[1]}).status_code == 200


@pytest.mark.parametrize(
    ("host", "door", "shown"),
    [
        ("::1", [], "[::1]"),
        ("::", ["--internal-only"], "[::1]"),
        ("0.0.0.0", ["--internal-only"], "127.0.0.1"),
    ],
)
@pytest.mark.skipif(not speaks_ipv6(), reason="this machine has no IPv6 loopback")
async def test_the_addresses_that_are_shown_lead_to_it(host: str, door: list[str], shown: str, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *door],
            cwd=tmp_path,
            env=environment | {"BACKEND_HOST": host, "BACKEND_PORT": str(port)},
            stdout=written,
            stderr=written,
        )
    try:
        await eventually(lambda: "Uvicorn running" in log.read_text(), within=30)
        addresses = set(re.findall(r"http://[^/\s]+", log.read_text().partition("Uvicorn")[0]))
        assert addresses == {f"http://{shown}:{port}"}
        assert httpx2.get(f"{addresses.pop()}/internal/", trust_env=False).status_code == 401
    finally:
        server.terminate()
        server.wait(30)


def test_sigterm_ends_it_in_good_order_after_what_was_begun() -> None:
    with Service() as service:
        assert service.process_text().status_code == 200
        service.process.send_signal(signal.SIGTERM)
        assert service.stop() in (0, -signal.SIGTERM)
        assert "Traceback" not in service.output()
