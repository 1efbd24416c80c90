"""The public door: health, the caller's own key, and whatever the domains offer."""

from collections.abc import Iterable

from fastapi import FastAPI

from app import __version__
from app.api import health
from app.api.docs import add_docs
from app.api.errors import add_error_handlers
from app.core.domain import Domain
from app.core.settings import Settings
from app.deps import ANYBODY

from . import auth, root


def build(settings: Settings, domains: Iterable[Domain]) -> FastAPI:
    app = FastAPI(
        title="Gatehouse",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    # Included routers are matched anew for each request; routes of one flat list are not. Hot ones stand first.
    for domain in domains:
        _require_prefix(domain)
        app.router.routes.extend(domain.router.routes)
    for room in (auth.router, health.probes, health.router, root.router):
        app.router.routes.extend(room.routes)
    if settings.public_docs:
        add_docs(app, "", ANYBODY)
    return app


def _require_prefix(domain: Domain) -> None:
    for route in domain.router.routes:
        if not getattr(route, "path", "").startswith(f"/v1/{domain.name}/"):
            raise ValueError(f"Domain {domain.name!r}: {route} is not below /v1/{domain.name}/")
