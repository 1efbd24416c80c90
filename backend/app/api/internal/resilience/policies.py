"""What instances tell about their policies, put together."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from app.api.internal.shapes import Count, Reach, Seconds, Share, reach
from app.core.errors import NotFound
from app.core.events import BreakerState
from app.core.schemas import Name
from app.deps import Visitor
from app.infrastructure.fleet import Gathered
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
    """A policy over the fleet: `state` is the worst of its instances', `total` their sum."""

    name: Name
    state: BreakerState
    total: PolicyMetrics
    instances: dict[Name, PolicyInstance]


class PolicyReports(Reach):
    policies: dict[Name, PolicyReport]


_WORST: tuple[BreakerState, ...] = ("open", "half_open", "closed")


async def gathered(visitor: Visitor, instance: str | None) -> PolicyReports:
    said = await visitor.resources.control.fleet.ask("policies", None, instance)
    names = sorted({name for policies in said.replies.values() for name in policies})
    return PolicyReports(**reach(visitor, said), policies={name: _report(name, said) for name in names})


async def one(visitor: Visitor, name: str, instance: str | None) -> PolicyReport:
    """Raises NotFound for a name that no domain has declared."""
    require_known(visitor.resources, name)
    return (await gathered(visitor, instance)).policies[name]


def require_known(resources: Resources, name: str) -> None:
    if name not in resources.policies:
        raise NotFound(f"There is no such policy. Known: {', '.join(sorted(resources.policies))}.")


def _report(name: str, said: Gathered) -> PolicyReport:
    seen = {instance: policies[name] for instance, policies in said.replies.items() if name in policies}
    states = {row["state"] for row in seen.values()}
    return PolicyReport(
        name=name,
        state=next(state for state in _WORST if state in states),
        total=_metrics(together([_snapshot(row) for row in seen.values()])),
        instances={
            instance: PolicyInstance(**_breaker(row), **_metrics(_snapshot(row)).model_dump())
            for instance, row in seen.items()
        },
    )


def _snapshot(row: Mapping[str, Any]) -> Snapshot:
    fields = {name: row[name] for name in Snapshot.__dataclass_fields__}
    return Snapshot(**{**fields, "latencies": tuple(row["latencies"])})


def _breaker(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in BreakerReport.model_fields}


def _metrics(snapshot: Snapshot) -> PolicyMetrics:
    ended = snapshot.successes + snapshot.failures
    rate = snapshot.successes / ended if ended else None
    fields = {name: getattr(snapshot, name) for name in PolicyMetrics.model_fields if name != "success_rate"}
    return PolicyMetrics(**fields, success_rate=rate)


def troubled(reports: PolicyReports) -> Iterator[PolicyReport]:
    """The policies whose breaker is not closed somewhere."""
    return (report for report in reports.policies.values() if report.state != "closed")


Status = Literal["healthy", "degraded", "unhealthy"]


def status_of(reports: PolicyReports) -> Status:
    """Unhealthy when every policy is open somewhere, degraded when one is not closed or an instance is silent."""
    states = [report.state for report in reports.policies.values()]
    if states and all(state == "open" for state in states):
        return "unhealthy"
    fine = (
        all(state == "closed" for state in states)
        and not reports.unreachable
        and not reports.failed
        and reports.connected
    )
    return "healthy" if fine else "degraded"
