"""The screen of the fleet, against a service that runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.service import ADMIN_KEY, API_KEY, TEXT
from tests.support.valkey import ValkeyServer, valkey_server

Url = str


@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture
def url() -> Iterator[Url]:
    with running() as client:
        client.post("/v1/trial/process", json={"operation": "summarize", "text": TEXT})
        yield str(client.base_url)


def test_each_instance_has_a_line(command: Command, redis: ValkeyServer) -> None:
    with running(redis_url=redis.url) as one, running(redis_url=redis.url):
        done = command("fleet", "--url", str(one.base_url), ADMIN_API_KEY=ADMIN_KEY)
        told = json.loads(command("fleet", "--url", str(one.base_url), "--json", ADMIN_API_KEY=ADMIN_KEY).stdout)
    assert done.exit_code == 0
    assert "2 of 2 instances answer" in done.stdout
    ids = [instance["id"] for instance in told["fleet"]["instances"]]
    assert len(ids) == 2
    for name in ids:
        assert sum(line.startswith(name) for line in done.stdout.splitlines()) == 1


def test_a_machine_gets_both_answers(command: Command, url: Url) -> None:
    told = json.loads(command("fleet", "--url", url, "--json", ADMIN_API_KEY=ADMIN_KEY).stdout)
    assert told["overview"]["last_minute"]["requests"] == 1
    assert told["fleet"]["shared"] is False


def test_the_key_may_be_in_a_file(command: Command, url: Url, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{ADMIN_KEY}\n", encoding="ascii")
    assert command("fleet", "--url", url, "--key-file", str(tmp_path / "key")).exit_code == 0


def test_the_door_is_looked_for_where_the_settings_say(command: Command, url: Url) -> None:
    port = url.rpartition(":")[2]
    for name in ("INTERNAL_PORT", "BACKEND_PORT"):
        assert command("fleet", ADMIN_API_KEY=ADMIN_KEY, **{name: port}).exit_code == 0


@pytest.mark.parametrize("extra", [(), ("--watch",), ("--json",)])
def test_a_service_that_does_not_answer_is_exit_code_1(command: Command, extra: tuple[str, ...]) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    done = command("fleet", "--url", address, *extra, ADMIN_API_KEY=ADMIN_KEY)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(address)
    assert "does not answer" in done.stderr


def test_another_service_is_exit_code_1_without_a_traceback(command: Command, model: ModelServer) -> None:
    done = command("fleet", "--url", model.url, ADMIN_API_KEY=ADMIN_KEY)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no service of ours" in done.stderr


@pytest.mark.parametrize(("key", "said"), [(API_KEY, "403"), ("test-nobody", "401")])
def test_a_key_that_may_not_look_is_exit_code_1(command: Command, url: Url, key: str, said: str) -> None:
    done = command("fleet", "--url", url, ADMIN_API_KEY=key)
    assert done.exit_code == 1
    assert said in done.stderr
    assert key not in done.output


@pytest.mark.parametrize("arguments", [(), ("--key-file", "no-such-file"), ("--url", "ftp://x", "--every", "0")])
def test_wrong_usage_is_exit_code_2(command: Command, arguments: tuple[str, ...]) -> None:
    done = command("fleet", *arguments)
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)


def test_an_instance_that_cannot_be_reached_is_shown_and_is_exit_code_1(command: Command, redis: ValkeyServer) -> None:
    with running(redis_url=redis.url) as client, running(redis_url=redis.url):
        assert command("fleet", "--url", str(client.base_url), ADMIN_API_KEY=ADMIN_KEY).exit_code == 0
        try:
            redis.kill()
            done = command("fleet", "--url", str(client.base_url), ADMIN_API_KEY=ADMIN_KEY)
        finally:
            redis.revive()
    assert done.exit_code == 1
    assert "Redis is lost" in done.stdout
    assert "unreachable" in done.stdout


def test_the_watch_refreshes_until_it_is_interrupted(url: Url, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ADMIN_API_KEY": ADMIN_KEY}
    arguments = [sys.executable, "-m", "app", "fleet", "--url", url, "--watch", "--every", "0.1"]
    with subprocess.Popen(
        arguments, cwd=tmp_path, env=environment | {"FORCE_COLOR": "1"}, stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        shown = 0
        while shown < 3:
            line = watching.stdout.readline()
            assert line, "the watch ended early"
            shown += "One process, no fleet" in line
        watching.send_signal(2)
        watching.stdout.read()
        assert watching.wait(10) == 0
