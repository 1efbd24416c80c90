"""What the policies counted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.internal.shapes import Changed, Chosen, Local, audited, changed
from app.deps import Operator, Reader

from . import policies
from .policies import PolicyAnswer, PolicyReports

router = APIRouter(prefix="/internal/resilience", tags=["resilience"])
PolicyName = Annotated[str, Path(max_length=200)]


@router.get("/metrics")
async def metrics(visitor: Reader, instance: Chosen = None) -> PolicyReports:
    """Every operation's calls, failures, retries and latencies, summed and by instance."""
    return await policies.gathered(visitor, instance)


@router.get("/metrics/{operation}")
async def metrics_of(operation: PolicyName, visitor: Reader, instance: Chosen = None) -> PolicyAnswer:
    """One operation."""
    return await policies.one(visitor, operation, instance)


@router.post("/metrics/reset", responses={404: {}})
async def reset_metrics(
    visitor: Operator,
    operation: Annotated[
        str | None, Query(max_length=200, description="One operation; every one when left out.")
    ] = None,
    local: Local = False,
) -> Changed:
    """Count from zero again, in every instance."""
    if operation is not None:
        policies.require_known(visitor.resources, operation)
    telling = visitor.resources.control.fleet.tell("metrics.reset", operation, local=local)
    return changed(visitor, await audited(visitor, "metrics.reset", {"operation": operation}, telling))
