"""What is recorded of the policies: counts per interval, which add up over operations, presets, instances and time."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from app.core.events import Answered, CallFinished, Degraded, Events
from app.core.schemas import Name, Seconds, Tally

LATENCY_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Upper ends, in seconds, of the steps that latencies are counted in; what takes longer is counted behind the last."""

STEPS = len(LATENCY_BOUNDS) + 1
NO_LATENCIES = (0,) * STEPS


@dataclass(frozen=True, slots=True)
class Counts:
    """Every call is one of successes, failures, rejected and cancelled; only the first two have a latency.

    `answers` are those given to callers, the cache's too; `degraded` are those of them that stood in for a model's.
    """

    successes: Tally = 0
    failures: Tally = 0
    rejected: Tally = 0
    cancelled: Tally = 0
    retries: Tally = 0
    degraded: Tally = 0
    latencies: Annotated[tuple[Tally, ...], Field(min_length=STEPS, max_length=STEPS)] = NO_LATENCIES
    answers: Tally = 0

    @property
    def calls(self) -> int:
        return self.successes + self.failures + self.rejected + self.cancelled

    @property
    def error_share(self) -> float | None:
        """Failures among the calls that reached a model, from 0 to 1; None without any."""
        return _share(self.failures, self.successes + self.failures)

    @property
    def degraded_share(self) -> float | None:
        """Degraded among the answers that callers got, from 0 to 1; None without any."""
        return _share(self.degraded, self.answers)

    def percentile(self, percent: float) -> float | None:
        """Seconds that so many of the calls did not exceed, estimated within a step; never more than the last bound."""
        rank = math.ceil(sum(self.latencies) * percent / 100)
        low = 0.0
        for high, count in zip((*LATENCY_BOUNDS, LATENCY_BOUNDS[-1]), self.latencies, strict=True):
            if 0 < rank <= count:
                return low + (high - low) * rank / count
            rank -= count
            low = high
        return None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.successes + other.successes,
            self.failures + other.failures,
            self.rejected + other.rejected,
            self.cancelled + other.cancelled,
            self.retries + other.retries,
            self.degraded + other.degraded,
            tuple(map(sum, zip(self.latencies, other.latencies, strict=True))),
            self.answers + other.answers,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What one instance counted for one operation in the interval that ended `at` (seconds since the epoch)."""

    at: Seconds
    instance: Name
    preset: Name
    operation: Name
    counts: Counts


class Recorder:
    """Counts what the events of this process tell, until it is asked."""

    def __init__(self, events: Events) -> None:
        self._tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
        events.on(CallFinished, lambda event: self._tallies[event.policy].add(event))
        events.on(Answered, self._answered)
        events.on(Degraded, self._degraded)

    def take(self, at: float, instance: str, preset: str) -> list[Record]:
        """A record for each operation that did something since the last time."""
        taken, self._tallies = self._tallies, defaultdict(_Tally)
        return [Record(at, instance, preset, operation, tally.counts()) for operation, tally in sorted(taken.items())]

    def _answered(self, event: Answered) -> None:
        self._tallies[event.operation].answers += 1

    def _degraded(self, event: Degraded) -> None:
        self._tallies[event.operation].degraded += 1


@dataclass(slots=True)
class _Tally:
    outcomes: Counter[str] = field(default_factory=Counter)
    latencies: list[int] = field(default_factory=lambda: list(NO_LATENCIES))
    retries: int = 0
    degraded: int = 0
    answers: int = 0

    def add(self, event: CallFinished) -> None:
        self.outcomes[event.outcome] += 1
        self.retries += max(0, event.attempts - 1)
        if event.outcome in ("success", "failure"):
            self.latencies[bisect_left(LATENCY_BOUNDS, event.seconds)] += 1

    def counts(self) -> Counts:
        ended = self.outcomes
        return Counts(
            ended["success"],
            ended["failure"],
            ended["rejected"],
            ended["cancelled"],
            self.retries,
            self.degraded,
            tuple(self.latencies),
            self.answers,
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
