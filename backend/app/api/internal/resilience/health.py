"""How the policies do, at three depths."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.internal.overview import OngoingAlert, ongoing
from app.api.internal.shapes import Chosen, Count, Reach, Seconds, Share, across
from app.core.events import BreakerState
from app.core.schemas import Name
from app.deps import Reader
from app.infrastructure.resilience.alerts import Alert

from . import policies
from .policies import PolicyReports, Status

router = APIRouter(prefix="/internal/resilience", tags=["resilience"])


class ResilienceHealth(Reach):
    """`troubled`: the policies whose breaker is not closed, and in which instances."""

    status: Status
    policies: Count
    troubled: dict[Name, dict[Name, BreakerState]]


class DetailedHealth(PolicyReports):
    status: Status


class OperationLine(BaseModel):
    """One operation in one line of a screen."""

    state: BreakerState | None
    calls: Count
    success_rate: Share | None
    p95: Seconds | None
    retries: Count
    rejected: Count


class Dashboard(Reach):
    """`instances` have answered. `alerts` are the critical ones first; `wish` is what operators have put into force.

    `preset`, `generation` and `wish` are those of the instance that took the request.
    """

    status: Status
    preset: Name
    generation: Count
    wish: dict[str, Any] | None
    instances: Count
    operations: dict[Name, OperationLine]
    alerts: Annotated[list[OngoingAlert], Field(max_length=10_000)]


@router.get("/health")
async def health(visitor: Reader, instance: Chosen = None) -> ResilienceHealth:
    """Whether any breaker of the fleet is not closed."""
    reports = await policies.gathered(visitor, instance)
    troubled = {
        report.name: {id_: row.state for id_, row in report.instances.items() if row.state != "closed"}
        for report in policies.troubled(reports)
    }
    return ResilienceHealth(
        status=policies.status_of(reports),
        policies=len(reports.policies),
        troubled=troubled,
        **policies.reach_of(reports),
    )


@router.get("/health/detailed")
async def detailed(visitor: Reader, instance: Chosen = None) -> DetailedHealth:
    """Every policy in every instance."""
    reports = await policies.gathered(visitor, instance)
    return DetailedHealth(status=policies.status_of(reports), **dict(reports))


@router.get("/dashboard")
async def dashboard(visitor: Reader, instance: Chosen = None) -> Dashboard:
    """Everything about resilience that fits one screen."""
    control = visitor.resources.control
    reports, alarms = await asyncio.gather(
        policies.gathered(visitor, instance), control.fleet.ask("alerts", None, instance)
    )
    alerts = across(visitor, alarms, list[Alert]).instances
    lines = {
        report.name: OperationLine(
            state=report.state,
            calls=report.total.calls,
            success_rate=report.total.success_rate,
            p95=report.total.p95,
            retries=report.total.retries,
            rejected=report.total.rejected,
        )
        for report in reports.policies.values()
    }
    return Dashboard(
        status=policies.status_of(reports),
        preset=control.policies.preset,
        generation=control.steering.generation,
        wish=dict(control.steering.config) if control.steering.config else None,
        instances=len(alerts),
        operations=lines,
        alerts=ongoing(alerts),
        **policies.reach_of(reports),
    )
