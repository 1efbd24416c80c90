"""How the instances are, what was spent, and the numbers for Prometheus."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.health import ComponentReport, State
from app.core.schemas import Name
from app.deps import Reader

from .shapes import Across, Chosen, Count, across

router = APIRouter(prefix="/internal", tags=["monitoring"])
SEVERITY: tuple[State, ...] = ("healthy", "degraded", "unhealthy")


class InstanceHealth(BaseModel):
    status: State
    components: dict[Name, ComponentReport]


class MonitoringHealth(Across[InstanceHealth]):
    """`status` is the worst of all components, and at best degraded where an instance could not be asked."""

    status: State


class Spending(BaseModel):
    """Totals of a caller since the processes started; `unpriced` counts calls of models of unknown price."""

    calls: Count = 0
    in_flight: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_usd: float = Field(0.0, ge=0, le=1e12)
    unpriced: Count = 0

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(**{name: getattr(self, name) + getattr(other, name) for name in Spending.model_fields})


Callers = Annotated[dict[Name, Spending], Field(max_length=100_000)]


class Spend(Across[Callers]):
    """`callers` are the sums over the instances that answered."""

    callers: Callers


@router.get("/monitoring/health")
async def health(visitor: Reader, instance: Chosen = None) -> MonitoringHealth:
    """Every component of every instance, at most five seconds old."""
    said = await visitor.resources.control.fleet.ask("health", instance=instance)
    found = across(visitor, said, dict[Name, ComponentReport])
    rows = {
        one: InstanceHealth(status=_worst(report.state for report in components.values()), components=components)
        for one, components in found.instances.items()
    }
    states = {row.status for row in rows.values()}
    if not found.connected or found.unreachable or found.failed:
        states.add("degraded")
    return MonitoringHealth(**dict(found) | {"instances": rows}, status=_worst(states))


@router.get("/monitoring/spend")
async def spend(visitor: Reader, instance: Chosen = None) -> Spend:
    """Tokens and money by caller."""
    found = across(visitor, await visitor.resources.control.fleet.ask("spend", instance=instance), dict[Name, Spending])
    callers: defaultdict[str, Spending] = defaultdict(Spending)
    for row in found.instances.values():
        for caller, spending in row.items():
            callers[caller] += spending
    return Spend(**dict(found), callers=callers)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(visitor: Reader) -> Response:
    """Prometheus text, summed over the worker processes of this machine."""
    return Response(visitor.resources.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _worst(states: Iterable[State]) -> State:
    return max(states, key=SEVERITY.index, default="healthy")
