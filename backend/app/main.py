"""Put the doors on the house."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import services
from app.api import v1
from app.api.gate import Gate
from app.api.hosts import known_hosts
from app.api.middleware import EXPOSED_HEADERS, Edge
from app.api.tracing import traced
from app.core.discovery import by_name, members
from app.core.domain import Domain
from app.core.settings import Settings
from app.deps.express import Express
from app.resources import Opener, Resources, open_resources


def create_app(
    settings: Settings | None = None, *, domains: Sequence[Domain] | None = None, opener: Opener = open_resources
) -> ASGIApp:
    """The service as one ASGI app with both doors, in production with the public one alone.

    Nothing is opened before its lifespan starts.
    """
    settings = settings or Settings()
    domains = installed_domains() if domains is None else domains
    public = Gate(
        Express(v1.build(settings, domains)),
        settings.max_concurrent_requests,
        settings.max_queued_requests,
        settings.queue_timeout_seconds,
    )
    operators: ASGIApp = public if settings.environment == "production" else OperatorsDoor(settings)
    around = _cors(settings.cors_origins) if settings.cors_origins else None
    return edged(Doors(public, operators, _lifespan(settings, domains, opener)), settings, around)


def create_internal_app(settings: Settings, *, opener: Opener = open_resources) -> ASGIApp:
    """The operators' door alone, with resources of its own."""
    door = OperatorsDoor(settings)
    return edged(Doors(door, door, _lifespan(settings, installed_domains(), opener)), settings)


def edged(app: ASGIApp, settings: Settings, around: Callable[[ASGIApp], ASGIApp] | None = None) -> ASGIApp:
    """The app behind what every request passes, on whichever door."""
    return traced(Edge(known_hosts(app, settings.allowed_hosts), settings.max_request_bytes, around), settings)


def installed_domains() -> list[Domain]:
    return list(by_name(members(services, Domain)).values())


def _cors(origins: Sequence[str]) -> Callable[[ASGIApp], ASGIApp]:
    return partial(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
        expose_headers=EXPOSED_HEADERS,
    )


def _lifespan(settings: Settings, domains: Sequence[Domain], opener: Opener) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[dict[str, Resources]]:
        async with opener(settings) as resources:
            for domain in domains:
                resources.declare(domain.operations)
            resources.policies.reject_unknown_overrides()
            if made := resources.made_keys:
                print(f"No API key is set. Made for this process: {made.api_key} (operators: {made.admin_key})")  # noqa: T201
            async with resources.control.joined():
                yield {"resources": resources}

    return Router(lifespan=lifespan)


class OperatorsDoor:
    """Built when somebody first comes to it: its rooms are a third of the start, and most processes are never asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._building = settings, asyncio.Lock()
        self._door: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._door or await self._built())(scope, receive, send)

    async def _built(self) -> ASGIApp:
        async with self._building:
            if self._door is None:
                self._door = await asyncio.to_thread(self._build)
        return self._door

    def _build(self) -> ASGIApp:
        from app.api import internal

        return internal.build(self._settings)


class Doors:
    """Picks the door by the path. A Starlette Mount would do the same and cost a seventh of the fastest route."""

    def __init__(self, public: ASGIApp, operators: ASGIApp, lifespan: ASGIApp) -> None:
        self._public, self._operators, self._lifespan = public, operators, lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._behind(scope)(scope, receive, send)

    def _behind(self, scope: Scope) -> ASGIApp:
        if scope["type"] == "lifespan":
            return self._lifespan
        path: str = scope["path"]
        return self._operators if path == "/internal" or path.startswith("/internal/") else self._public
