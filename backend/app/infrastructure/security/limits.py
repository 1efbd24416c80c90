"""Request limits by the generic cell rate algorithm: one number per caller."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from app.core.clock import Clock
from app.core.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after this request: `remaining` requests now, and `reset` seconds until all are back."""

    limit: int
    window: int
    remaining: int
    reset: float


class Limit(Protocol):
    """A bucket of so many requests for each key, refilled evenly over a window."""

    async def spend(self, key: str, cost: int = 1) -> Allowance | None:
        """Count `cost` requests of `key`; None when there is no limit, RateLimited when they do not fit."""
        ...

    async def refuse_if_spent(self, key: str) -> None:
        """Raise RateLimited when nothing is left for `key`, without counting."""
        ...


class RateLimit:
    """The limit of one process: at most `limit` requests at once, and what flows in evenly over `window` seconds.

    Forgets the longest unseen of `capacity` keys. Each key's number is the moment at which its bucket is full again.
    """

    def __init__(self, limit: int, window: int, clock: Clock, capacity: int = 100_000) -> None:
        self._limit, self._window, self._clock, self._capacity = limit, window, clock, capacity
        self._full_at: OrderedDict[str, float] = OrderedDict()

    async def spend(self, key: str, cost: int = 1) -> Allowance | None:
        return self.take(key, cost)

    def take(self, key: str, cost: int = 1, share: int = 1) -> Allowance | None:
        """`spend` without waiting, from a bucket of one `share`-th of the limit."""
        if not self._limit:
            return None
        limit = max(1, self._limit // share)
        step, now = self._window / limit, self._clock.monotonic()
        filled = max(0.0, self._full_at.get(key, now) - now) + cost * step
        excess = filled - self._window
        if excess > 1e-9:
            raise RateLimited(retry_after=excess if cost <= limit else self._window)
        if cost:
            self._full_at[key] = now + filled
            self._full_at.move_to_end(key)
            if len(self._full_at) > self._capacity:
                self._full_at.popitem(last=False)
        return Allowance(limit, self._window, int((self._window - filled) / step + 1e-9), filled)

    async def refuse_if_spent(self, key: str) -> None:
        if not self._limit:
            return
        step, now = self._window / self._limit, self._clock.monotonic()
        excess = self._full_at.get(key, now) - now + step - self._window
        if excess > 1e-9:
            raise RateLimited(retry_after=excess)
