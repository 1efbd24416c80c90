"""What one tier counts and reports about its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from app.core.clock import Clock
from app.core.events import CacheLookup, Hook
from app.infrastructure.cache.cache import Action, Result, Tier, Timing


class Lookups:
    """Counts by result. The events are made once, because a lookup in memory costs less than making one."""

    def __init__(self, tier: Tier, hook: Hook) -> None:
        self._events = {result: CacheLookup(tier, result) for result in get_args(Result)}
        self._counts: dict[Result, int] = dict.fromkeys(get_args(Result), 0)
        self._hook = hook

    def saw(self, result: Result) -> None:
        self._counts[result] += 1
        self._hook(self._events[result])

    def counts(self) -> dict[Result, int]:
        return self._counts.copy()


class Stopwatch:
    """Adds up how long each kind of command took, where it succeeded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._timings: dict[Action, Timing] = {action: Timing(0, 0.0) for action in get_args(Action)}

    @contextmanager
    def timed(self, action: Action) -> Iterator[None]:
        started = self._clock.monotonic()
        yield
        before = self._timings[action]
        self._timings[action] = Timing(before.count + 1, before.seconds + self._clock.monotonic() - started)

    def timings(self) -> dict[Action, Timing]:
        return self._timings.copy()
