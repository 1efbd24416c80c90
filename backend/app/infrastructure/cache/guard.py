"""Keeps a dead or slow Redis from costing every request a time-out."""

from types import TracebackType

from redis.exceptions import RedisError, ResponseError

from app.core.clock import Clock
from app.core.events import BreakerChanged, BreakerState, Hook, ignore
from app.infrastructure.cache.cache import RedisUnavailable, State


class Guard:
    """`with guard:` goes around each Redis command; after `threshold` failures in a row only one a second gets through.

    Raises RedisUnavailable, at once while Redis is down. An error that Redis itself answers shows that it is up, and a
    cancelled command shows nothing.
    """

    def __init__(self, clock: Clock, hook: Hook = ignore, *, threshold: int = 3, probe_every: float = 1.0) -> None:
        self._clock, self._hook = clock, hook
        self._threshold, self._probe_every = threshold, probe_every
        self._failures, self._next_probe = 0, 0.0
        self.state: State = "up"
        self.since = clock.now()

    def __enter__(self) -> None:
        if self.state == "down":
            now = self._clock.monotonic()
            if now < self._next_probe:
                raise RedisUnavailable("Redis is down; it is tried again within a second.")
            self._next_probe = now + self._probe_every

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, ResponseError):
            self._succeeded()
        elif isinstance(error, (RedisError, OSError)):
            self._failed(error)
        if isinstance(error, (RedisError, OSError)):
            raise RedisUnavailable(str(error)) from error

    def _succeeded(self) -> None:
        self._failures = 0
        if self.state == "down":
            self._turn("up", "open", "closed", "Redis answers")

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self.state == "up" and self._failures >= self._threshold:
            self._next_probe = self._clock.monotonic() + self._probe_every
            self._turn("down", "closed", "open", type(error).__name__)

    def _turn(self, state: State, old: BreakerState, new: BreakerState, reason: str) -> None:
        self.state, self.since = state, self._clock.now()
        self._hook(BreakerChanged("redis", old, new, reason))
