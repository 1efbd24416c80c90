"""A circuit breaker: after enough failures, calls are refused at once until a probe shows that the provider is back.

It belongs to one event loop and needs no lock, because none of its methods waits.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Literal

from circuitbreaker import CircuitBreaker

from app.core.clock import Clock
from app.core.errors import CircuitOpen
from app.core.events import BreakerChanged, BreakerState, Hook, ignore

from .classify import counts_against

WINDOW_SECONDS = 30
MINIMUM_CALLS = 10
HALF_OPEN_PROBES = 1

Settled = Literal["success", "failure", "cancelled"]


class Permit:
    """Leave for one call; the first of its methods to be called counts.

    `on_settled` hears how the call ended.
    """

    __slots__ = ("_breaker", "_generation", "_pending", "on_settled")

    def __init__(self, breaker: "Breaker", generation: int) -> None:
        self._breaker, self._generation, self._pending = breaker, generation, True
        self.on_settled: Callable[[Settled], None] | None = None

    def succeed(self) -> None:
        self._settle("success", self._breaker._succeeded)

    def fail(self) -> None:
        """The provider is at fault."""
        self._settle("failure", self._breaker._failed)

    def release(self) -> None:
        """The call ended without telling anything about the provider."""
        self._settle("cancelled", self._breaker._released)

    def settle(self, error: BaseException) -> None:
        """Fail when the error counts against the provider, release otherwise."""
        if counts_against(error):
            self.fail()
        else:
            self._settle("failure" if isinstance(error, Exception) else "cancelled", self._breaker._released)

    def _settle(self, how: Settled, record: Callable[[], None]) -> None:
        if not self._pending:
            return
        self._pending = False
        if self._generation == self._breaker._generation:
            record()
        if self.on_settled is not None:
            self.on_settled(how)

    def __del__(self) -> None:
        # Nobody else gives back the permit of a stream that was opened and never read. It reports nothing, because the
        # garbage collector may run it in the middle of anything, such as the listener itself.
        self.on_settled = None
        self.release()


class Breaker(CircuitBreaker):  # type: ignore[misc]
    """Opens after `threshold` failures in a row, or when half of enough calls in the last 30 s failed.

    The library's own engine is not used, because it lets every call through half-open, closes when a probe is cancelled
    or a success arrives late, and sees only failures in a row. `recovery` is the seconds it stays open.
    """

    _state: BreakerState

    def __init__(self, name: str, threshold: int, recovery: float, clock: Clock, hook: Hook = ignore) -> None:
        super().__init__(threshold, recovery, name=name)
        self._clock, self._hook = clock, hook
        self._generation = 0
        self._open_until = 0.0
        self._probes = 0
        self._window = _Window()

    @property
    def state(self) -> BreakerState:
        """Half-open from the moment a probe would pass."""
        return "half_open" if self._state == "open" and not self.open_remaining else self._state

    @property
    def open_remaining(self) -> float:
        """Seconds until a probe may pass; 0 unless open."""
        return max(0.0, self._open_until - self._clock.monotonic()) if self._state == "open" else 0.0

    def acquire(self) -> Permit:
        """Raises `CircuitOpen` when calls are paused, saying for how long."""
        if self._state != "closed":
            self._admit_probe()
        return Permit(self, self._generation)

    def reset(self) -> None:
        """Close it now and forget the failures."""
        self._move("closed", "reset")

    def force_open(self, seconds: float) -> None:
        """Pause calls for that long; then a probe decides, as after any opening."""
        self._open(seconds, "forced")

    def configure(self, threshold: int, recovery: float) -> None:
        """Change the numbers and keep the state; an opening under way keeps its end."""
        self._failure_threshold, self._recovery_timeout = threshold, recovery

    def __enter__(self) -> None:
        raise TypeError("Use acquire(): each call settles its own permit.")

    def _admit_probe(self) -> None:
        if self._state == "open":
            if remaining := self.open_remaining:
                raise CircuitOpen(retry_after=remaining)
            self._move("half_open", "recovery time is over")
        if self._probes >= HALF_OPEN_PROBES:
            raise CircuitOpen(retry_after=1)
        self._probes += 1

    def _succeeded(self) -> None:
        if self._state == "half_open":
            self._move("closed", "probe succeeded")
        else:
            self._failure_count = 0
            self._window.add(self._clock.monotonic(), failures=0)

    def _failed(self) -> None:
        if self._state == "half_open":
            self._open(self._recovery_timeout, "probe failed")
            return
        self._failure_count += 1
        self._window.add(self._clock.monotonic(), failures=1)
        calls, failures = self._window.calls, self._window.failures
        if self._failure_count >= self._failure_threshold:
            self._open(self._recovery_timeout, f"{self._failure_count} failures in a row")
        elif calls >= max(MINIMUM_CALLS, 2 * self._failure_threshold) and 2 * failures >= calls:
            self._open(self._recovery_timeout, f"{failures} of {calls} calls failed")

    def _released(self) -> None:
        if self._state == "half_open":
            self._probes -= 1

    def _open(self, seconds: float, reason: str) -> None:
        self._open_until = self._clock.monotonic() + seconds
        self._move("open", reason)

    def _move(self, new: BreakerState, reason: str) -> None:
        old, self._state = self._state, new
        self._generation += 1
        self._failure_count = self._probes = 0
        self._window = _Window()
        if old != new:
            self._hook(BreakerChanged(self.name, old, new, reason))


class _Window:
    """Calls and failures of the last `WINDOW_SECONDS`, counted per second so that load costs no memory."""

    __slots__ = ("_seconds", "calls", "failures")

    def __init__(self) -> None:
        self.calls = self.failures = 0
        self._seconds: deque[list[int]] = deque()

    def add(self, now: float, failures: int) -> None:
        second = math.floor(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._forget(second - WINDOW_SECONDS)
            self._seconds.append([second, 0, 0])
        last = self._seconds[-1]
        last[1] += 1
        last[2] += failures
        self.calls += 1
        self.failures += failures

    def _forget(self, until: int) -> None:
        while self._seconds and self._seconds[0][0] <= until:
            _, calls, failures = self._seconds.popleft()
            self.calls -= calls
            self.failures -= failures
