"""What operators see of a policy: true counts, in bounded memory."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

from app.core.events import BreakerState

LATENCIES_KEPT = 1000
LATENCIES_TOLD = 100

Outcome = Literal["success", "failure", "rejected", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counts since the last reset; every call is one of successes, failures, rejected and cancelled.

    `last_*` are seconds since the epoch. `p*` are seconds, retries included, over the latest calls that succeeded or
    failed, and None before the first; `latencies` are some of those, evenly spread and in order.
    """

    calls: int
    successes: int
    failures: int
    rejected: int
    cancelled: int
    attempts: int
    retries: int
    opens: int
    half_opens: int
    closes: int
    last_success: float | None
    last_failure: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    latencies: tuple[float, ...]


def together(snapshots: Sequence[Snapshot]) -> Snapshot:
    """What several processes saw; percentiles weigh the latencies of each by its calls."""
    weighed = sorted(
        (latency, (one.successes + one.failures) / len(one.latencies)) for one in snapshots for latency in one.latencies
    )
    sums = {name: sum(getattr(one, name) for one in snapshots) for name in COUNTS}
    return Snapshot(
        **sums,
        last_success=max((one.last_success for one in snapshots if one.last_success), default=None),
        last_failure=max((one.last_failure for one in snapshots if one.last_failure), default=None),
        p50=_weighed_percentile(weighed, 50),
        p95=_weighed_percentile(weighed, 95),
        p99=_weighed_percentile(weighed, 99),
        latencies=tuple(latency for latency, _ in weighed),
    )


COUNTS = tuple(field.name for field in fields(Snapshot) if field.type is int)


class Stats:
    """Counts what happens to the calls of one policy."""

    def __init__(self) -> None:
        self._ended: dict[Outcome, int] = {"success": 0, "failure": 0, "rejected": 0, "cancelled": 0}
        self._last: dict[Outcome, float] = {}
        self._moved: dict[BreakerState, int] = {"open": 0, "half_open": 0, "closed": 0}
        self._attempts = self._retries = 0
        self._latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)

    def finished(self, outcome: Outcome, attempts: int, seconds: float, now: float) -> None:
        self._ended[outcome] += 1
        self._last[outcome] = now
        self._attempts += attempts
        if attempts > 1:
            self._retries += attempts - 1
        if outcome == "success" or outcome == "failure":
            self._latencies.append(seconds)

    def breaker_moved(self, new: BreakerState) -> None:
        self._moved[new] += 1

    def snapshot(self) -> Snapshot:
        ordered = sorted(self._latencies)
        return Snapshot(
            calls=sum(self._ended.values()),
            successes=self._ended["success"],
            failures=self._ended["failure"],
            rejected=self._ended["rejected"],
            cancelled=self._ended["cancelled"],
            attempts=self._attempts,
            retries=self._retries,
            opens=self._moved["open"],
            half_opens=self._moved["half_open"],
            closes=self._moved["closed"],
            last_success=self._last.get("success"),
            last_failure=self._last.get("failure"),
            p50=_percentile(ordered, 50),
            p95=_percentile(ordered, 95),
            p99=_percentile(ordered, 99),
            latencies=_thinned(ordered),
        )


def _thinned(ordered: Sequence[float]) -> tuple[float, ...]:
    step = max(1.0, len(ordered) / LATENCIES_TOLD)
    return tuple(ordered[int((index + 0.5) * step)] for index in range(int(len(ordered) / step)))


def _weighed_percentile(weighed: Sequence[tuple[float, float]], percent: int) -> float | None:
    wanted = sum(weight for _, weight in weighed) * percent / 100
    for value, weight in weighed:
        wanted -= weight
        if wanted <= 1e-9:
            return value
    return None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The least value that `percent` of all values do not exceed."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None
