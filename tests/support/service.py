"""The service as its users meet it: `python -m app serve` in processes of its own, and a client for it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.support import canaries
from tests.support.canaries import ADMIN_KEY, API_KEY, OTHER_API_KEY, TEXT
from tests.support.ports import free_port

__all__ = ["ADMIN_KEY", "API_KEY", "OTHER_API_KEY", "TEXT", "Service", "free_port"]

PASSED_ON = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR", "COVERAGE_PROCESS_CONFIG")
READY_SECONDS = 60
ROOT = Path(__file__).parents[2]
PATHS = f"{ROOT}{os.pathsep}{ROOT / 'backend'}"


class Service:
    """Start with `with Service(NAME="value") as service:`; names are settings, on top of keys and a free port.

    `service.client` sends the ordinary key, `service.operator` the operators'; `service.anonymous` sends none. `python`
    runs it, with what is installed there; `product` serves the domains of the product instead of the tests' own.
    """

    def __init__(
        self, *, workers: int = 1, python: str = sys.executable, product: bool = False, **settings: str
    ) -> None:
        self._python, self._module = python, "app" if product else "tests.support.house"
        self._folder = tempfile.TemporaryDirectory(prefix="gatehouse-test-")
        self.log = Path(self._folder.name) / "service.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {
            "API_KEY": API_KEY,
            "ADDITIONAL_API_KEYS": OTHER_API_KEY,
            "ADMIN_API_KEY": ADMIN_KEY,
            "RATE_LIMIT_REQUESTS": "0",
            "BACKEND_PORT": str(self.port),
            "WEB_CONCURRENCY": str(workers),
            "PYTHONPATH": PATHS,
        } | settings

    def __enter__(self) -> Self:
        try:
            self.start()
        except AssertionError:
            self._folder.cleanup()
            raise
        self.client = self.connect(API_KEY)
        self.operator = self.connect(ADMIN_KEY)
        self.anonymous = self.connect(None)
        return self

    def __exit__(self, *_: object) -> None:
        metrics = self._scrape()
        for client in (self.client, self.operator, self.anonymous):
            client.close()
        self.stop()
        log = self.output()
        self._folder.cleanup()
        canaries.searched.update({"services": 1, "log bytes": len(log), "scrapes": bool(metrics)})
        canaries.search("the metrics", metrics)
        canaries.search("the log", log)

    def connect(self, key: str | None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        hooks = {"response": [canaries.search_error]}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False, event_hooks=hooks)

    def start(self) -> None:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self._python, "-m", self._module, "serve"],
                cwd=self._folder.name,
                env=environment | self._settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            assert self.process.poll() is None, f"serve ended early:\n{self.output()}"
            assert time.monotonic() < deadline, f"serve did not get ready:\n{self.output()}"
            time.sleep(0.02)

    def stop(self) -> int:
        """End it as an operator would; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"serve did not stop:\n{self.output()}") from None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def process_text(self, text: str = TEXT, operation: str = "summarize", **fields: Any) -> httpx2.Response:
        """One call of `/v1/trial/process` with the ordinary key."""
        body = {"operation": operation, "text": text} | fields
        return self.client.post("/v1/trial/process", json=body)

    def _scrape(self) -> str:
        """The metrics, of a service that is still there and whose operators have the usual key and door."""
        if self.process.poll() is not None or self._settings["ADMIN_API_KEY"] != ADMIN_KEY:
            return ""
        port = int(self._settings.get("INTERNAL_PORT", self.port))
        try:
            found = self.operator.get(f"http://127.0.0.1:{port}/internal/metrics", timeout=2)
        except httpx2.TransportError:  # tests stop and choke services in all manners
            return ""
        return found.text if found.is_success else ""

    def _ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", trust_env=False, timeout=1).status_code == 200
        except httpx2.TransportError:
            return False
