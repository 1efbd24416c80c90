"""Request limits by the generic cell rate algorithm: one number per caller."""

from collections import OrderedDict
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after this request: `remaining` requests now, and `reset` seconds until all are back."""

    limit: int
    window: int
    remaining: int
    reset: float


class RateLimit:
    """A bucket of `limit` requests for each key, refilled evenly over `window` seconds.

    A caller who empties it at once and takes what flows in may make almost twice `limit` requests in one window.
    Forgets the longest unseen of `capacity` keys. Each key's number is the moment at which its bucket is full again.
    """

    def __init__(self, limit: int, window: int, clock: Clock, capacity: int = 100_000) -> None:
        self._limit, self._window, self._clock, self._capacity = limit, window, clock, capacity
        self._step = window / limit if limit else 0.0
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def spend(self, key: str, cost: int = 1) -> Allowance | None:
        """Count `cost` requests of `key`; None when there is no limit, RateLimited when they do not fit."""
        if not self._limit:
            return None
        now = self._clock.monotonic()
        backlog = max(0.0, self._empty_at.get(key, now) - now)
        filled = backlog + cost * self._step
        excess = filled - self._window
        if excess > 1e-9:
            raise RateLimited(retry_after=excess if cost * self._step <= self._window else self._window)
        self._empty_at[key] = now + filled
        self._empty_at.move_to_end(key)
        if len(self._empty_at) > self._capacity:
            self._empty_at.popitem(last=False)
        return Allowance(self._limit, self._window, int((self._window - filled) / self._step + 1e-9), filled)

    def refuse_if_spent(self, key: str) -> None:
        """Raise RateLimited when nothing is left for `key`, without counting."""
        now = self._clock.monotonic()
        backlog = self._empty_at.get(key, now) - now
        if backlog + self._step > self._window + 1e-9:
            raise RateLimited(retry_after=backlog + self._step - self._window)
