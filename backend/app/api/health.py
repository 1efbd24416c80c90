"""Is the process alive, is it able to serve? No key, no model call."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from app.core.schemas import Name, Text
from app.deps import Open
from app.infrastructure.monitoring import worst

probes = APIRouter(tags=["health"])
router = APIRouter(tags=["health"])
State = Literal["healthy", "degraded", "unhealthy"]


class ComponentReport(BaseModel):
    state: State
    detail: Text


class HealthReport(BaseModel):
    status: State
    timestamp: datetime
    version: Name
    ai_model_available: bool
    resilience_healthy: bool
    cache_healthy: bool
    components: dict[Name, ComponentReport]


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "draining"]


@probes.get("/livez")
async def livez(_: Open) -> Alive:
    """The process answers."""
    return Alive()


@probes.get("/readyz")
async def readyz(resources: Open, response: Response) -> Readiness:
    """Whether new requests may come; 503 while the process is going down."""
    if resources.health.draining:
        response.status_code = 503
        return Readiness(status="draining")
    state = worst(await resources.health.components())
    return Readiness(status="ready" if state == "healthy" else "degraded")


@router.get("/health", include_in_schema=False)
async def moved(_: Open) -> RedirectResponse:
    return RedirectResponse("/v1/health")


@router.get("/v1/health")
async def health(resources: Open) -> HealthReport:
    """Each component, at most five seconds old. The model is never called: its traffic tells."""
    components = await resources.health.components()
    fine = {name: component.state == "healthy" for name, component in components.items()}
    return HealthReport(
        status=worst(components),
        timestamp=datetime.now(UTC),
        version=resources.version,
        ai_model_available=fine["model"],
        resilience_healthy=fine["resilience"],
        cache_healthy=fine["cache"],
        components={name: ComponentReport(state=c.state, detail=c.detail) for name, c in components.items()},
    )
