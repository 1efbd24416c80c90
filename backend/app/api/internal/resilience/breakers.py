"""The circuit breakers of the fleet: looking, closing, holding open."""

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.internal.shapes import Changed, Chosen, Local, as_json, audited, changed
from app.control import steering
from app.core.schemas import Closed, Reason
from app.deps import JsonRoute, Operator, Reader
from app.infrastructure.fleet import Change

from . import policies
from .metrics import PolicyName
from .policies import PolicyAnswer, PolicyReports

router = APIRouter(prefix="/internal/resilience/circuit-breakers", tags=["resilience"], route_class=JsonRoute)


class ForceOpen(Closed):
    """Hold a breaker open for `seconds`, in every instance, those included that start in the meantime."""

    seconds: int = Field(ge=1, le=86_400, strict=True)
    reason: Reason


@router.get("")
async def list_breakers(visitor: Reader, instance: Chosen = None) -> PolicyReports:
    """Every breaker, the state in each instance, and the worst of them."""
    return await policies.gathered(visitor, instance)


@router.get("/{name}")
async def show_breaker(name: PolicyName, visitor: Reader, instance: Chosen = None) -> PolicyAnswer:
    """One breaker."""
    return await policies.one(visitor, name, instance)


@router.post("/{name}/reset")
async def reset_breaker(name: PolicyName, visitor: Operator, local: Local = False) -> Changed:
    """Close a breaker now, in every instance, also one that is held open."""
    policies.require_known(visitor.resources, name)
    fleet = visitor.resources.control.fleet

    async def reset() -> Change:
        await fleet.desire(lambda document: steering.released(document, name), local=local)
        return await fleet.tell("breaker.reset", name, local=local)

    return changed(visitor, await audited(visitor, "breaker.reset", {"name": name}, reset()))


@router.post("/{name}/force-open", response_model=Changed)
async def force_open(name: PolicyName, body: ForceOpen, visitor: Operator, local: Local = False) -> Response:
    """Refuse calls of this operation at once, without asking the model."""
    policies.require_known(visitor.resources, name)
    now = visitor.resources.clock.now()
    entry = {"until": now + body.seconds, "reason": body.reason, "by": visitor.caller.id, "at": now}
    desiring = visitor.resources.control.fleet.desire(
        lambda document: steering.forced(document, name, entry, now), local=local
    )
    change = await audited(visitor, "breaker.force_open", {"name": name, **entry}, desiring)
    return as_json(changed(visitor, change))
