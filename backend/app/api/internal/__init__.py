"""The operators' door."""

from fastapi import FastAPI

from app import __version__
from app.api.docs import add_docs
from app.api.errors import add_error_handlers
from app.api.health import probes
from app.core.settings import Settings
from app.deps import ANYBODY, READ

from . import cache, invalidation, monitoring, overview, resilience, root


def build(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="Gatehouse internal",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    rooms = (root.router, monitoring.router, overview.router, cache.router, invalidation.router)
    for room in (*rooms, *resilience.ROUTERS, probes):
        app.router.routes.extend(room.routes)
    if settings.internal_docs:
        add_docs(app, "/internal", ANYBODY if settings.environment == "development" else READ)
    return app
