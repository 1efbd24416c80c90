"""Which numbers should worry an operator, since when, and what to look at first."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from app.core.schemas import Name, Number, Seconds, Text

from .records import Counts

Severity = Literal["critical", "warning"]

CALM_SECONDS = 60
"""An alert ends when its value has been good for that long."""

MINIMUM_CALLS = 20
"""With fewer calls, or answers, a share tells nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert begins at `threshold` and may end below `ends_below`."""

    name: str
    severity: Severity
    threshold: float
    ends_below: float
    unit: str
    hint: str


@dataclass(frozen=True, slots=True)
class Alert:
    """`subject` says which breaker, and is empty for the whole service; `since` is in seconds since the epoch.

    `value` is the latest one. `calm_since` is the moment from which it has been good, while the alert is about to end.
    """

    name: Name
    subject: Name
    severity: Severity
    since: Seconds
    value: Number
    threshold: Number
    hint: Text
    calm_since: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen over the last minutes; `breakers` are those not closed, and without Redis none can be lost."""

    counts: Counts
    breakers: Collection[str] = ()
    redis_lost: bool = False


BREAKER_OPEN = Rule(
    "breaker_open", "critical", 1, 1, "breakers", "Look at the provider's status and at the last failures of its calls."
)
ERROR_SHARE = Rule(
    "error_share", "critical", 0.10, 0.05, "share of calls", "Look at the error codes of failed attempts in the log."
)
DEGRADED_SHARE = Rule(
    "degraded_share",
    "warning",
    0.10,
    0.05,
    "share of answers",
    "The model fails: callers get old or offline answers.",
)
SLOW = Rule(
    "slow", "warning", 10, 5, "seconds at the 95th percentile", "Look at retries first, then at the provider's latency."
)
REDIS_LOST = Rule(
    "redis_lost", "warning", 1, 1, "connections", "Each process works alone: see whether Redis runs and is reachable."
)
RULES = (BREAKER_OPEN, ERROR_SHARE, DEGRADED_SHARE, SLOW, REDIS_LOST)


def thresholds() -> dict[str, Any]:
    """Every number that alerts depend on, as data."""
    return {
        "rules": [asdict(rule) for rule in RULES],
        "calm_seconds": CALM_SECONDS,
        "minimum_calls": MINIMUM_CALLS,
    }


class Alerts:
    """Remembers what is going on from one evaluation to the next; `ongoing` are the alerts of a former process."""

    def __init__(self, ongoing: Iterable[Alert] = ()) -> None:
        self._ongoing = {(alert.name, alert.subject): alert for alert in ongoing if alert.name in _RULES}

    def evaluate(self, sample: Sample, now: float) -> list[Alert]:
        """The alerts that are on, the critical and the oldest first."""
        readings = {(rule.name, subject): (rule, value) for rule, subject, value in _readings(sample)}
        quiet = {key: (_RULES[key[0]], 0.0) for key in self._ongoing if key not in readings}
        following = {
            key: _follow(self._ongoing.get(key), rule, key[1], value, now)
            for key, (rule, value) in (readings | quiet).items()
        }
        self._ongoing = {key: alert for key, alert in following.items() if alert}
        return sorted(self._ongoing.values(), key=lambda one: (one.severity, one.since, one.name, one.subject))


_RULES = {rule.name: rule for rule in RULES}


def _readings(sample: Sample) -> Iterator[tuple[Rule, str, float]]:
    counts = sample.counts
    yield from ((BREAKER_OPEN, name, 1) for name in sample.breakers)
    yield REDIS_LOST, "", float(sample.redis_lost)
    if counts.successes + counts.failures >= MINIMUM_CALLS:
        yield ERROR_SHARE, "", counts.error_share or 0
        yield SLOW, "", counts.percentile(95) or 0
    if counts.answers >= MINIMUM_CALLS:
        yield DEGRADED_SHARE, "", counts.degraded_share or 0


def _follow(alert: Alert | None, rule: Rule, subject: str, value: float, now: float) -> Alert | None:
    """What becomes of an alert, or of its absence, with a new value."""
    if alert is None:
        if value < rule.threshold:
            return None
        return Alert(rule.name, subject, rule.severity, now, value, rule.threshold, rule.hint)
    if value >= rule.ends_below:
        return replace(alert, value=value, calm_since=None)
    calm_since = now if alert.calm_since is None else alert.calm_since
    return None if now - calm_since >= CALM_SECONDS else replace(alert, value=value, calm_since=calm_since)
