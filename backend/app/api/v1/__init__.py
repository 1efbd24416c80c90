"""The public door: health, the caller's own key, and whatever the domains offer."""

from collections.abc import Iterable

from fastapi import FastAPI

from app.api import health
from app.api.docs import add_docs
from app.api.door import new_door
from app.core.domain import NO_DOMAIN, Domain
from app.core.settings import Settings
from app.deps import ANYBODY

from . import auth, root


def build(settings: Settings, domains: Iterable[Domain]) -> FastAPI:
    """The domains' routes stand first: they are the busy ones."""
    domains = list(domains)
    for domain in domains:
        _require_prefix(domain)
    rooms = (auth.router, health.probes, health.router, root.router)
    description = "" if domains else NO_DOMAIN
    app = new_door("Gatehouse", [*(domain.router for domain in domains), *rooms], description)
    if settings.public_docs:
        add_docs(app, "", ANYBODY)
    return app


def _require_prefix(domain: Domain) -> None:
    for route in domain.router.routes:
        if not getattr(route, "path", "").startswith(f"/v1/{domain.name}/"):
            raise ValueError(f"Domain {domain.name!r}: {route} is not below /v1/{domain.name}/")
