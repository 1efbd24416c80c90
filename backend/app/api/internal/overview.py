"""One screen for a person on call."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.events import BreakerState
from app.core.schemas import Name, Number, Text
from app.deps import Reader, Visitor
from app.infrastructure.fleet import Gathered
from app.infrastructure.monitoring.metrics import SECONDS
from app.infrastructure.monitoring.traffic import Window, together
from app.infrastructure.resilience.alerts import Alert

from .shapes import Across, Chosen, Count, Ids, Seconds, Share, across

router = APIRouter(prefix="/internal/monitoring", tags=["monitoring"])
MINUTE, FIVE_MINUTES = 60.0, 300.0


class Traffic(BaseModel):
    """What the public routes did in the last `seconds`; shares and times are null where nothing happened.

    Rates are per second. Times are seconds, read from a histogram: the true value is at most that, and above a minute
    they all say 60. `error_share` is that of requests with status 5xx, `degraded_share` that of old and offline
    stand-ins among the answers given; a batch is one request with many answers.
    """

    seconds: Seconds
    requests: Count
    request_rate: Number
    error_share: Share | None
    refused_share: Share | None
    degraded_share: Share | None
    cache_hit_rate: Share | None
    latency_p50: Seconds | None
    latency_p95: Seconds | None
    latency_p99: Seconds | None
    time_to_first_token_p50: Seconds | None
    time_to_first_token_p95: Seconds | None
    tokens_per_second: Number
    spend_usd_per_hour: Number


class InstanceTraffic(BaseModel):
    """The last minute of one instance, and its breakers that are not closed."""

    request_rate: Number
    error_share: Share | None
    latency_p95: Seconds | None
    open_breakers: Ids


class OpenBreaker(BaseModel):
    """`open_remaining`: seconds until a probe may pass, the longest of all instances."""

    name: Name
    states: dict[Name, BreakerState]
    open_remaining: Seconds


class OngoingAlert(BaseModel):
    """`since` is in seconds since the epoch, the earliest of the `instances` that raise it; `value` is their worst."""

    name: Name
    subject: Name
    severity: Literal["critical", "warning"]
    since: Seconds
    value: Number
    threshold: Number
    hint: Text
    instances: Ids


class Overview(Across[InstanceTraffic]):
    """`instances_alive` have answered; the `unreachable` have not."""

    instances_alive: Count
    last_minute: Traffic
    last_five_minutes: Traffic
    open_breakers: Annotated[list[OpenBreaker], Field(max_length=10_000)]
    alerts: Annotated[list[OngoingAlert], Field(max_length=10_000)]


class _Breaker(BaseModel):
    state: BreakerState
    open_remaining: float


Breakers = Mapping[str, Mapping[str, _Breaker]]


@router.get("/overview")
async def overview(visitor: Reader, instance: Chosen = None) -> Overview:
    """Traffic, spending, open breakers and alerts, of the last minute and of the last five."""
    ask = visitor.resources.control.fleet.ask
    minute, five, policies, alarms = await asyncio.gather(
        ask("traffic", MINUTE, instance),
        ask("traffic", FIVE_MINUTES, instance),
        ask("policies", None, instance),
        ask("alerts", None, instance),
    )
    recent = across(visitor, minute, Window)
    breakers = _not_closed(visitor, policies)
    rows = {one: _row(window, breakers.get(one, {})) for one, window in recent.instances.items()}
    return Overview(
        **dict(recent) | {"instances": rows},
        instances_alive=len(rows),
        last_minute=_traffic(together(recent.instances.values())),
        last_five_minutes=_traffic(together(across(visitor, five, Window).instances.values())),
        open_breakers=_by_name(breakers),
        alerts=ongoing(across(visitor, alarms, list[Alert]).instances),
    )


def _not_closed(visitor: Visitor, policies: Gathered) -> Breakers:
    found = across(visitor, policies, dict[str, _Breaker]).instances
    return {
        one: {name: breaker for name, breaker in breakers.items() if breaker.state != "closed"}
        for one, breakers in found.items()
    }


def _row(window: Window, breakers: Iterable[str]) -> InstanceTraffic:
    return InstanceTraffic(
        request_rate=window.rate("requests"),
        error_share=window.share("errors", "requests"),
        latency_p95=_percentile(window, "took", 95),
        open_breakers=sorted(breakers),
    )


def _traffic(window: Window) -> Traffic:
    return Traffic(
        seconds=window.seconds,
        requests=round(window.counts.get("requests", 0)),
        request_rate=window.rate("requests"),
        error_share=window.share("errors", "requests"),
        refused_share=window.share("refusals", "requests"),
        degraded_share=window.share("degraded", "answers"),
        cache_hit_rate=_at_most_one(window.share("hits", "lookups")),
        latency_p50=_percentile(window, "took", 50),
        latency_p95=_percentile(window, "took", 95),
        latency_p99=_percentile(window, "took", 99),
        time_to_first_token_p50=_percentile(window, "first token", 50),
        time_to_first_token_p95=_percentile(window, "first token", 95),
        tokens_per_second=window.rate("tokens"),
        spend_usd_per_hour=window.rate("dollars") * 3600,
    )


def _percentile(window: Window, what: str, percent: float) -> float | None:
    found = window.percentile(what, percent)
    return None if found is None else min(found, SECONDS[-1])


def _at_most_one(share: float | None) -> float | None:
    """The state of a batch is looked up in both tiers of the cache."""
    return None if share is None else min(1.0, share)


def _by_name(breakers: Breakers) -> list[OpenBreaker]:
    names = sorted({name for held in breakers.values() for name in held})
    return [_open_breaker(name, {one: held[name] for one, held in breakers.items() if name in held}) for name in names]


def _open_breaker(name: str, held: Mapping[str, _Breaker]) -> OpenBreaker:
    remaining = max(breaker.open_remaining for breaker in held.values())
    states = {one: breaker.state for one, breaker in held.items()}
    return OpenBreaker(name=name, states=states, open_remaining=remaining)


def ongoing(told: Mapping[str, list[Alert]]) -> list[OngoingAlert]:
    """Each alert once, the critical and the oldest first."""
    raised: dict[tuple[str, str], list[tuple[str, Alert]]] = {}
    for one, alerts in told.items():
        for alert in alerts:
            raised.setdefault((alert.name, alert.subject), []).append((one, alert))
    merged = [_merged(group) for group in raised.values()]
    return sorted(merged, key=lambda alert: (alert.severity, alert.since, alert.name, alert.subject))


def _merged(group: list[tuple[str, Alert]]) -> OngoingAlert:
    alerts = [alert for _, alert in group]
    first = alerts[0]
    return OngoingAlert(
        name=first.name,
        subject=first.subject,
        severity=first.severity,
        since=min(alert.since for alert in alerts),
        value=max(alert.value for alert in alerts),
        threshold=first.threshold,
        hint=first.hint,
        instances=sorted(one for one, _ in group),
    )
