"""An app served on loopback by a thread of this process: settings and domains are arguments, the HTTP is real."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp

from app.core.domain import Domain
from app.main import create_app
from app.serving import UVICORN
from tests.support.domains import trial
from tests.support.plain import plain_settings
from tests.support.service import API_KEY

STARTS_WITHIN = 60.0


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The base URL of the app while it runs."""
    config = uvicorn.Config(app, port=0, lifespan="on", **UVICORN)
    listener = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    deadline = time.monotonic() + STARTS_WITHIN
    try:
        while not server.started:
            assert thread.is_alive(), "the app did not start"
            assert time.monotonic() < deadline, "the app did not start in time"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STARTS_WITHIN)
        listener.close()


@contextmanager
def client_of(app: ASGIApp, key: str | None = API_KEY) -> Iterator[httpx2.Client]:
    """A client of the served app that sends that key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with served(app) as url, httpx2.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@contextmanager
def running(
    key: str | None = API_KEY, /, *, domains: Sequence[Domain] | None = (trial.DOMAIN,), **settings: Any
) -> Iterator[httpx2.Client]:
    """A client of the whole service with these settings; `domains=None` are those of the product."""
    with client_of(create_app(plain_settings(**settings), domains=domains), key) as client:
        yield client
