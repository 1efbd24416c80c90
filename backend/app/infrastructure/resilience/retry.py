"""Trying again, in tenacity's hands, which are neither imported nor called before something has failed."""

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from app.core.errors import AppError

from .classify import may_retry
from .presets import Numbers

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")


async def retry(
    attempt: Callable[[], Awaitable[T]],
    first: BaseException,
    numbers: Numbers,
    *,
    random: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    too_late: Callable[[float], bool],
    pausing: Callable[[AppError, int, float], None],
) -> T:
    """Repeat an attempt whose first run raised `first`, until it succeeds or its last error is raised.

    `too_late` says whether it is no use to go on after a wait of so many seconds; `pausing` hears each wait.
    """
    if not may_retry(first):
        raise first
    from tenacity import AsyncRetrying, retry_if_exception

    def wait(state: "RetryCallState") -> float:
        return backoff(numbers, state.attempt_number, _error(state), random())

    def stop(state: "RetryCallState") -> bool:
        return state.attempt_number >= numbers.retry_attempts or too_late(state.upcoming_sleep)

    def before_sleep(state: "RetryCallState") -> None:
        pausing(_error(state), state.attempt_number, state.upcoming_sleep)

    retrying = AsyncRetrying(
        retry=retry_if_exception(may_retry), wait=wait, stop=stop, before_sleep=before_sleep, sleep=sleep, reraise=True
    )
    async for turn in retrying:
        with turn:
            if turn.retry_state.attempt_number == 1:
                raise first
            return await attempt()
    raise AssertionError("tenacity ends by returning or raising")


def backoff(numbers: Numbers, attempt: int, error: AppError, chance: float) -> float:
    """Seconds to wait after that attempt (from 1): what the provider asks for, else exponential with jitter."""
    if error.retry_after is not None:
        return max(0.0, error.retry_after)
    exponential = math.ldexp(numbers.exponential_multiplier, attempt - 1)
    return min(max(exponential, numbers.exponential_min), numbers.exponential_max) + chance * numbers.jitter_max


def _error(state: "RetryCallState") -> AppError:
    error = state.outcome and state.outcome.exception()
    assert isinstance(error, AppError)
    return error
