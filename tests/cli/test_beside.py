"""`serve --frontend COMMAND`: a program that gets the server's keys and lives as long as the server."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.service import PASSED_ON

COMPANION = """
import json, os, pathlib, signal
there = pathlib.Path("companion.json")
there.with_suffix(".new").write_text(json.dumps(dict(os.environ) | {"pid": os.getpid()}))
there.with_suffix(".new").rename(there)
signal.pause()
"""


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("command", ["/no/such/program", "'half a quotation"])
def test_a_front_end_that_cannot_start_is_refused_in_one_sentence(command: str, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--frontend", command],
        cwd=tmp_path,
        env=environment | {"BACKEND_PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("--frontend: ")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_front_end_gets_the_keys_and_ends_with_the_server(number: signal.Signals, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    port, log = str(free_port()), tmp_path / "log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--frontend", shlex.join([sys.executable, "-c", COMPANION])],
            cwd=tmp_path,
            env=environment | {"BACKEND_PORT": port, "FRONTEND_PORT": "4321"},
            stdout=written,
            stderr=written,
        )
    await eventually(lambda: (tmp_path / "companion.json").exists(), within=30)
    await eventually(lambda: "Uvicorn running" in log.read_text(), within=30)
    beside = json.loads((tmp_path / "companion.json").read_text())
    assert "Front end   http://127.0.0.1:4321" in log.read_text()
    assert beside["API_URL"] == beside["INTERNAL_URL"] == f"http://127.0.0.1:{port}"
    assert beside["API_KEY"] in log.read_text()
    assert beside["ADMIN_API_KEY"] in log.read_text()
    server.send_signal(number)
    assert server.wait(30) == (0 if number == signal.SIGINT else 128 + number)
    assert is_gone(beside["pid"])
