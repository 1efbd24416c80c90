"""What instances tell about their policies, put together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from app.api.internal.shapes import Count, Reach, Seconds, Share, across
from app.core.errors import NotFound
from app.core.events import BreakerState
from app.core.schemas import Name
from app.deps import Visitor
from app.infrastructure.resilience.stats import Snapshot, together
from app.resources import Resources


class PolicyMetrics(BaseModel):
    """Counts per call since the start or the last reset; percentiles in seconds, retries included."""

    calls: Count
    successes: Count
    failures: Count
    rejected: Count
    cancelled: Count
    attempts: Count
    retries: Count
    opens: Count
    half_opens: Count
    closes: Count
    last_success: Seconds | None
    last_failure: Seconds | None
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None
    success_rate: Share | None


class BreakerReport(BaseModel):
    """`open_remaining`: seconds until a probe may pass."""

    state: BreakerState
    open_remaining: Seconds
    failure_threshold: Count
    recovery_timeout: Seconds


class PolicyInstance(BreakerReport, PolicyMetrics):
    """One policy in one instance."""


class PolicyReport(BaseModel):
    """A policy over the fleet: `state` is the worst of its instances', `total` their sum.

    `state` is null when no instance answered.
    """

    name: Name
    state: BreakerState | None
    total: PolicyMetrics
    instances: dict[Name, PolicyInstance]


class PolicyReports(Reach):
    policies: dict[Name, PolicyReport]


class PolicyAnswer(PolicyReport, Reach):
    """One policy, and whether every instance could be asked about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told(Snapshot):
    """What an instance says of a policy."""

    state: BreakerState
    open_remaining: float
    failure_threshold: int
    recovery_timeout: float


_WORST: tuple[BreakerState, ...] = ("open", "half_open", "closed")


async def gathered(visitor: Visitor, instance: str | None) -> PolicyReports:
    said = await visitor.resources.control.fleet.ask("policies", None, instance)
    found = across(visitor, said, dict[str, _Told])
    told = found.instances
    names = sorted({*visitor.resources.policies, *(name for policies in told.values() for name in policies)})
    return PolicyReports(**reach_of(found), policies={name: _report(name, told) for name in names})


async def one(visitor: Visitor, name: str, instance: str | None) -> PolicyAnswer:
    """Raises NotFound for a name that no domain has declared."""
    require_known(visitor.resources, name)
    reports = await gathered(visitor, instance)
    return PolicyAnswer(**reach_of(reports), **dict(reports.policies[name]))


def require_known(resources: Resources, name: str) -> None:
    if name not in resources.policies:
        raise NotFound(f"There is no such policy. Known: {', '.join(sorted(resources.policies))}.")


def reach_of(answer: Reach) -> dict[str, Any]:
    """The fields of `Reach` alone, for another answer about the same instances."""
    return {name: getattr(answer, name) for name in Reach.model_fields}


def _report(name: str, told: Mapping[str, Mapping[str, _Told]]) -> PolicyReport:
    rows = {instance: policies[name] for instance, policies in told.items() if name in policies}
    states = {row.state for row in rows.values()}
    return PolicyReport(
        name=name,
        state=next((state for state in _WORST if state in states), None),
        total=_metrics(together(list(rows.values()))),
        instances={instance: PolicyInstance(**_breaker(row), **dict(_metrics(row))) for instance, row in rows.items()},
    )


def _breaker(row: _Told) -> dict[str, Any]:
    return {name: getattr(row, name) for name in BreakerReport.model_fields}


def _metrics(snapshot: Snapshot) -> PolicyMetrics:
    ended = snapshot.successes + snapshot.failures
    rate = snapshot.successes / ended if ended else None
    fields = {name: getattr(snapshot, name) for name in PolicyMetrics.model_fields if name != "success_rate"}
    return PolicyMetrics(**fields, success_rate=rate)


def troubled(reports: PolicyReports) -> Iterator[PolicyReport]:
    """The policies whose breaker is not closed somewhere."""
    return (report for report in reports.policies.values() if report.state in ("open", "half_open"))


Status = Literal["healthy", "degraded", "unhealthy"]


def status_of(reports: PolicyReports) -> Status:
    """Unhealthy when every policy is open somewhere, degraded when one is not closed or an instance is silent."""
    states = [report.state for report in reports.policies.values()]
    if states and all(state == "open" for state in states):
        return "unhealthy"
    complete = reports.connected and not reports.unreachable and not reports.failed
    return "healthy" if complete and all(state == "closed" for state in states) else "degraded"
