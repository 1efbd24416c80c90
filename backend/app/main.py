"""Put the two doors on the house."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import services
from app.api import internal, v1
from app.api.middleware import EXPOSED_HEADERS, Edge
from app.core.discovery import by_name, members
from app.core.domain import Domain
from app.core.settings import Settings
from app.infrastructure.monitoring import configure
from app.resources import Opener, Resources, open_resources


def create_app(
    settings: Settings | None = None, *, domains: Sequence[Domain] | None = None, opener: Opener = open_resources
) -> ASGIApp:
    """The whole service as one ASGI app; nothing is opened before its lifespan starts."""
    settings = settings or Settings()
    domains = list(installed_domains().values()) if domains is None else domains

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[dict[str, Resources]]:
        async with opener(settings) as resources:
            for domain in domains:
                resources.declare(domain.operations)
            resources.policies.reject_unknown_overrides()
            if made := resources.made_keys:
                print(f"No API key is set. Made for this process: {made.api_key} (operators: {made.admin_key})")  # noqa: T201
            yield {"resources": resources}

    app: ASGIApp = Doors(v1.build(settings, domains), internal.build(settings), Router(lifespan=lifespan))
    if settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=EXPOSED_HEADERS,
        )
    return Edge(app, settings.max_request_bytes)


def installed_domains() -> dict[str, Domain]:
    return by_name(members(services, Domain))


def serve_app(opener: Opener = open_resources) -> ASGIApp:
    """What `serve` runs in each worker: logs set up, and the garbage collector told that start is over."""
    settings = Settings()
    configure("DEBUG" if settings.debug else settings.log_level)

    @asynccontextmanager
    async def tuned(settings: Settings) -> AsyncIterator[Resources]:
        async with opener(settings) as resources:
            # What start has made stays for good: full collections need not look at it again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(10_000, 50, 100)
            yield resources

    return create_app(settings, opener=tuned)


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
