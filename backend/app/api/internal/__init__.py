"""The operators' door."""

from fastapi import FastAPI

from app.api.docs import add_docs
from app.api.door import new_door
from app.api.health import probes
from app.core.settings import Settings
from app.deps import ANYBODY, READ

from . import cache, invalidation, monitoring, overview, resilience, root


def build(settings: Settings) -> FastAPI:
    rooms = (root.router, monitoring.router, overview.router, cache.router, invalidation.router)
    app = new_door("Gatehouse internal", [*rooms, *resilience.ROUTERS, probes])
    if settings.internal_docs:
        add_docs(app, "/internal", ANYBODY if settings.environment == "development" else READ)
    return app
