"""What a process does because it is served: it drains before it stops, and may listen on the operators' own port."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from pydantic_settings import DotEnvSettingsSource
from starlette.types import ASGIApp

from app.api.connection import BoundedConnection
from app.core.settings import Settings
from app.core.settings_sources import variables
from app.infrastructure.monitoring import Health, configure
from app.infrastructure.resilience.migrate import legacy_warning
from app.main import OperatorsDoor, create_app, create_internal_app, edged
from app.resources import Opener, Resources, open_resources

logger = logging.getLogger("gatehouse")

UVICORN: dict[str, Any] = {
    "http": BoundedConnection,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
}
GRACE_SECONDS = 30
"""How long requests under way may take to end, once the socket is closed."""


def serve_app(opener: Opener = open_resources) -> ASGIApp:
    """What each worker of `serve` runs."""
    settings = _configured()
    return create_app(settings, opener=partial(_open_served, opener))


def serve_internal_app() -> ASGIApp:
    """What `serve --internal-only` runs."""
    settings = _configured().model_copy(update={"internal_port": None})
    return create_internal_app(settings, opener=partial(_open_served, open_resources))


def _configured() -> Settings:
    settings = Settings()
    configure("DEBUG" if settings.debug else settings.log_level)
    if warning := legacy_warning(variables(DotEnvSettingsSource(Settings))):
        logger.warning(warning)
    return settings


@asynccontextmanager
async def _open_served(opener: Opener, settings: Settings) -> AsyncIterator[Resources]:
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(opener(settings))
        # What start has made stays for good: full collections need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 50, 100)
        stack.enter_context(draining(resources.health, settings.drain))
        if settings.internal_port:
            door = edged(OperatorsDoor(settings), settings)
            await stack.enter_async_context(listening(door, settings, {"resources": resources}))
        yield resources


@contextmanager
def draining(health: Health, seconds: float) -> Iterator[None]:
    """On SIGTERM, be not ready for `seconds` while still serving, so that balancers turn away; then stop as before.

    To be entered in the main thread after the server has put its own handlers in place.
    """
    previous = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: FrameType | None) -> None:
        assert callable(previous)
        if health.draining or not seconds:
            previous(number, frame)
            return
        health.draining = True
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: loop.call_later(seconds, previous, number, frame))

    if not callable(previous):
        yield
        return
    signal.signal(signal.SIGTERM, drain)
    try:
        yield
    finally:
        health.draining = True


@asynccontextmanager
async def listening(app: ASGIApp, settings: Settings, state: dict[str, Any]) -> AsyncIterator[None]:
    """Serve `app` on INTERNAL_PORT from this process; several workers share the port."""
    config = uvicorn.Config(app, lifespan="off", forwarded_allow_ips=settings.forwarded_allow_ips, **UVICORN)
    server = _Second(config, state)
    with _bound(settings.backend_host, settings.internal_port or 0) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener


class _Second(uvicorn.Server):
    """A server beside the one that minds the signals of this process, with the state of that one's lifespan."""

    def __init__(self, config: uvicorn.Config, state: dict[str, Any]) -> None:
        super().__init__(config)
        self._state = state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state.update(self._state)
        await super().startup(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
