"""A policy stands around the calls of one name: a breaker inside a retry."""

from collections.abc import Awaitable, Callable
from functools import partial
from random import random as uniform
from typing import TypeVar

from app.core.clock import Clock
from app.core.errors import AppError, CircuitOpen
from app.core.events import AttemptFailed, BreakerChanged, CallFinished, Hook, ignore

from .breaker import Breaker, Permit
from .presets import Numbers
from .retry import retry
from .stats import Outcome, Snapshot, Stats

T = TypeVar("T")


class Policy:
    """`work` is called once per attempt and raises `app.core.errors`; a `deadline` is a moment of `clock.monotonic()`.

    The deadline bounds the waiting between attempts: cutting an attempt short is for the work itself. `random` gives
    numbers from 0 to 1.
    """

    def __init__(
        self,
        name: str,
        numbers: Numbers,
        clock: Clock,
        hook: Hook = ignore,
        random: Callable[[], float] = uniform,
    ) -> None:
        self.name, self.numbers = name, numbers
        self._clock, self._hook, self._random = clock, hook, random
        self._stats = Stats()
        self.breaker = Breaker(
            name, numbers.circuit_breaker_threshold, numbers.recovery_timeout, clock, self._breaker_changed
        )

    def configure(self, numbers: Numbers) -> None:
        """Change the numbers of calls to come; the breaker keeps its state."""
        self.numbers = numbers
        self.breaker.configure(numbers.circuit_breaker_threshold, numbers.recovery_timeout)

    def metrics(self) -> Snapshot:
        return self._stats.snapshot()

    def reset_metrics(self) -> None:
        self._stats = Stats()

    async def call(self, work: Callable[[], Awaitable[T]], deadline: float | None = None) -> T:
        """Raises `CircuitOpen` when calls are paused, else the error of the last attempt."""
        result, permit = await self.open(work, deadline)
        permit.succeed()
        return result

    async def open(self, work: Callable[[], Awaitable[T]], deadline: float | None = None) -> tuple[T, Permit]:
        """Like `call`, for work that only begins something: whoever reads it to the end settles the permit."""
        begun = self._clock.monotonic()
        try:
            permit = self.breaker.acquire()
        except CircuitOpen:
            self._finished(begun, 0, "rejected")
            raise
        try:
            result, attempts = await work(), 1
        except BaseException as error:  # noqa: BLE001 - cancellation too must give the permit back; _retry raises it again
            permit.settle(error)
            result, permit, attempts = await self._retry(work, error, begun, deadline)
        permit.on_settled = partial(self._finished, begun, attempts)
        return result, permit

    async def _retry(
        self, work: Callable[[], Awaitable[T]], first: BaseException, begun: float, deadline: float | None
    ) -> tuple[T, Permit, int]:
        """The result, its permit and the number of attempts; an error is reported as the end of the call."""
        numbers, attempts = self.numbers, 1

        async def attempt() -> tuple[T, Permit]:
            nonlocal attempts
            permit = self.breaker.acquire()
            attempts += 1
            try:
                return await work(), permit
            except BaseException as error:
                permit.settle(error)
                raise

        def too_late(wait: float) -> bool:
            resumed = self._clock.monotonic() + wait
            return (
                resumed - begun > numbers.max_delay_seconds
                or (deadline is not None and resumed >= deadline)
                or self.breaker.open_remaining > wait
            )

        try:
            result, permit = await retry(
                attempt,
                first,
                numbers,
                random=self._random,
                sleep=self._clock.sleep,
                too_late=too_late,
                pausing=self._attempt_failed,
            )
        except BaseException as error:
            if isinstance(error, AppError) and not isinstance(error, CircuitOpen):
                self._attempt_failed(error, attempts, None)
            self._finished(begun, attempts, "failure" if isinstance(error, Exception) else "cancelled")
            raise
        return result, permit, attempts

    def _attempt_failed(self, error: AppError, attempt: int, retry_in: float | None) -> None:
        self._hook(AttemptFailed(self.name, attempt, error.code(), retry_in))

    def _finished(self, begun: float, attempts: int, outcome: Outcome) -> None:
        seconds = self._clock.monotonic() - begun
        self._stats.finished(outcome, attempts, seconds, self._clock.now())
        self._hook(CallFinished(self.name, outcome, attempts, seconds))

    def _breaker_changed(self, event: object) -> None:
        if isinstance(event, BreakerChanged):
            self._stats.breaker_moved(event.new)
        self._hook(event)
