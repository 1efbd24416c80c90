"""The processes that are measured, each on the servers' core and stopped at the end."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import orjson

from scripts.bench import machine
from scripts.bench.bare import KEY
from scripts.bench.load import Clients, Sample, Target
from tests.support.ports import free_port
from tests.support.service import PASSED_ON

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60.0
SERVE = ("tests.support.house", "serve")
_UVICORN = ("uvicorn", "--no-access-log", "--no-server-header", "--log-level", "warning")
BARE = (*_UVICORN, "scripts.bench.bare:app")


def variant(name: str) -> tuple[str, ...]:
    return (*_UVICORN, "--factory", f"scripts.bench.variants:{name}")


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a run: what the clients saw, and the processor seconds that the process used meanwhile."""

    sample: Sample
    processor: float

    @property
    def rate(self) -> float:
        return self.sample.requests / self.sample.seconds

    @property
    def processor_each(self) -> float:
        return self.processor / self.sample.requests


@dataclass(frozen=True, slots=True)
class Process:
    """`port` is 0 for one that does not listen."""

    popen: "subprocess.Popen[bytes]"
    port: int = 0

    def slice(self, drive: Callable[[], Sample]) -> Slice:
        before = self.processor()
        sample = drive()
        return Slice(sample, self.processor() - before)

    def processor(self) -> float:
        """Processor seconds so far."""
        return machine.processor_seconds(self.popen.pid)

    def megabytes(self) -> float:
        return machine.resident_megabytes(self.popen.pid)

    def order(self, call: str, clients: Clients) -> Sample:
        """Have the direct yardstick do one job."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.write(orjson.dumps([call, *astuple(clients)]) + b"\n")
        self.popen.stdin.flush()
        return Sample(**orjson.loads(self.popen.stdout.readline()))


@contextlib.contextmanager
def server(module: tuple[str, ...], **settings: str) -> Iterator[Process]:
    """`python -m <module>` on a free port, once it has answered a first request; its log goes to a file."""
    port = free_port()
    arguments = module if module == SERVE else (*module, "--port", str(port))
    settings = {"API_KEY": KEY.decode(), "BACKEND_PORT": str(port), "RATE_LIMIT_REQUESTS": "1000000000"} | settings
    with tempfile.TemporaryFile() as log, _running(arguments, settings, stdout=log, stderr=log) as popen:
        deadline = time.monotonic() + STARTS_WITHIN
        while not _answers(port):
            if popen.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"{' '.join(arguments)} did not start:\n{log.read().decode(errors='replace')}")
            time.sleep(0.002)
        yield Process(popen, port)


@contextlib.contextmanager
def direct(url: str) -> Iterator[Process]:
    """The model library, taking orders."""
    pipe = subprocess.PIPE
    with _running(("scripts.bench.direct", url), {}, stdin=pipe, stdout=pipe) as popen:
        yield Process(popen)


@contextlib.contextmanager
def _running(
    arguments: tuple[str, ...], settings: dict[str, str], **streams: Any
) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "backend")])
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        popen = subprocess.Popen([sys.executable, "-m", *arguments], cwd=folder, env=environment | settings, **streams)
        try:
            machine.pin(popen.pid, machine.SERVER_CORE)
            yield popen
        finally:
            popen.terminate()
            popen.communicate(timeout=20)


def _answers(port: int) -> bool:
    before, after = Target(port).request()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"%b%08d%b" % (before, 0, after))
            return connection.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def processor_of(code: str) -> float:
    """Processor seconds of a fresh interpreter that runs this code."""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{code!r} failed")
    return used.ru_utime + used.ru_stime
