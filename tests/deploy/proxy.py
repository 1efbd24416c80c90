"""The proxy of production: the real nginx with its real configuration, and replicas that a name server tells it of."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.dockerfile import ROOT
from tests.support.ports import free_port

CONFIGURATION = ROOT / "infra/nginx/nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
GATEWAY = "127.0.0.5"
"""Stands for the machine's own address in the network of the containers."""

A_RECORD = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04"
"""The name asked for, type A, class IN, one second to live, four bytes."""


class Names:
    """Answers every question with the addresses of the replicas, as Docker's name server does for a service."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            query, peer = self._socket.recvfrom(512)
            if not query:
                return
            question = query[12 : query.index(b"\0", 12) + 5]
            head = query[:2] + b"\x81\x80\x00\x01" + len(self.addresses).to_bytes(2) + bytes(4)
            records = b"".join(A_RECORD + socket.inet_aton(address) for address in self.addresses)
            self._socket.sendto(head + question + records, peer)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()


@contextmanager
def proxy(addresses: list[str], port: int) -> Iterator[tuple[str, Names]]:
    """The URL of nginx before the replicas at these addresses and this port, and the name server it asks.

    Its configuration differs from that of production in addresses, ports and the folder of its files.
    """
    if NGINX is None:
        assert "CI" not in os.environ, "CI has no nginx: `make system-packages` installs it"
        pytest.skip("nginx is not installed; `make system-packages` installs it")
    names, listen = Names(), free_port()
    names.addresses = addresses
    with tempfile.TemporaryDirectory(prefix="gatehouse-nginx-") as folder:
        replaced = {
            "listen 8080": f"listen 127.0.0.1:{listen}",
            "backend:8000": f"backend:{port}",
            "127.0.0.11 valid=5s": f"127.0.0.1:{names.port} valid=1s",
            "/tmp/": f"{folder}/",
            "/dev/stdout": f"{folder}/access.log",
            "172.31.250.1": GATEWAY,
        }
        text = CONFIGURATION.read_text()
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        (Path(folder) / "nginx.conf").write_text(text)
        Path(folder).chmod(0o777)
        command = [NGINX, "-e", "stderr", "-c", f"{folder}/nginx.conf"]
        process = subprocess.Popen(command)
        try:
            _wait_for(listen, process)
            yield f"http://127.0.0.1:{listen}", names
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            names.close()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nginx did not start")
