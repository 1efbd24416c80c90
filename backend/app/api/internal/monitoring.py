"""What happens in the house."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.health import ComponentReport, State
from app.core.schemas import Name
from app.deps import Reader
from app.infrastructure.monitoring import worst

router = APIRouter(prefix="/internal", tags=["monitoring"])
Count = Annotated[int, Field(ge=0)]


class InstanceHealth(BaseModel):
    instance: Name
    status: State
    components: dict[Name, ComponentReport]


class MonitoringHealth(BaseModel):
    status: State
    instances: Annotated[list[InstanceHealth], Field(max_length=10_000)]


class Spending(BaseModel):
    """Totals of a caller since this process started; `unpriced` counts calls of models of unknown price."""

    calls: Count
    in_flight: Count
    input_tokens: Count
    output_tokens: Count
    cost_usd: float = Field(ge=0)
    unpriced: Count


class Spend(BaseModel):
    instance: Name
    callers: dict[Name, Spending]


@router.get("/monitoring/health")
async def health(visitor: Reader) -> MonitoringHealth:
    """Every component of this instance."""
    components = await visitor.resources.health.components()
    reports = {name: ComponentReport(state=c.state, detail=c.detail) for name, c in components.items()}
    here = InstanceHealth(instance=visitor.resources.control.fleet.me.id, status=worst(components), components=reports)
    return MonitoringHealth(status=here.status, instances=[here])


@router.get("/monitoring/spend")
async def spend(visitor: Reader) -> Spend:
    """Tokens and money by caller, in this process."""
    accounts = visitor.resources.ledger.accounts()
    callers = {caller: Spending.model_validate(account, from_attributes=True) for caller, account in accounts.items()}
    return Spend(instance=visitor.resources.control.fleet.me.id, callers=callers)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(visitor: Reader) -> Response:
    """Prometheus text, summed over the worker processes of this machine."""
    return Response(visitor.resources.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
