"""The front end as its users meet it: Streamlit in a process of its own, in front of a service."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import httpx2

from tests.support.ports import free_port
from tests.support.service import READY_SECONDS, ROOT

PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


class FrontEnd:
    """Start with `with FrontEnd(API_URL=..., API_KEY=...) as front:`; names are its settings."""

    def __init__(self, **settings: str) -> None:
        self._settings = settings
        self._folder = tempfile.TemporaryDirectory(prefix="gatehouse-test-")
        self._log = Path(self._folder.name) / "frontend.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        address = ["--server.address", "127.0.0.1", "--server.port", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *address],
                cwd=ROOT / "frontend",
                env=environment | self._settings,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                output = self._log.read_text(errors="replace")
                self.__exit__()
                raise AssertionError(f"the front end did not get ready:\n{output}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/_stcore/health", trust_env=False, timeout=1).status_code == 200
        except httpx2.TransportError:
            return False
