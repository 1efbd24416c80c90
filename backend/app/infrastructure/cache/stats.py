"""What one tier counts and reports about its lookups."""

from typing import get_args

from app.core.events import CacheLookup, Hook
from app.infrastructure.cache.cache import Result, Tier


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
