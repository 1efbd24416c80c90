"""A policy as its callers meet it."""

import asyncio
import gc
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import AppError, CircuitOpen, ProviderRefused, ProviderTimeout, ProviderUnavailable
from app.core.events import AttemptFailed, BreakerChanged, CallFinished
from app.infrastructure.resilience.policy import Policy
from app.infrastructure.resilience.presets import PRESETS, STRATEGIES
from tests.support.clock import FakeClock

from .helpers import Upstream, assert_state


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def policy(clock: FakeClock, events: list[object]) -> Policy:
    """Three attempts, five failures, sixty seconds; no jitter."""
    return Policy("area.deed", STRATEGIES["balanced"], clock, events.append, random=lambda: 0.0)


async def refused(policy: Policy, upstream: Upstream, deadline: float | None = None) -> AppError:
    with pytest.raises(AppError) as error:
        await policy.call(upstream, deadline)
    return error.value


async def test_a_call_that_succeeds_is_made_once_and_reported(policy: Policy, events: list[object]) -> None:
    upstream = Upstream("answer")
    assert await policy.call(upstream) == "answer"
    assert upstream.calls == 1
    assert events == [CallFinished("area.deed", "success", 1, 0)]


@pytest.mark.parametrize("name", PRESETS)
async def test_a_call_is_tried_as_often_as_the_table_says(name: str, clock: FakeClock) -> None:
    preset = PRESETS[name]
    numbers = replace(
        STRATEGIES[preset.default_strategy],
        retry_attempts=preset.retry_attempts,
        circuit_breaker_threshold=preset.circuit_breaker_threshold,
    )
    upstream = Upstream(ProviderUnavailable())
    await refused(Policy("area.deed", numbers, clock), upstream)
    assert upstream.calls == {"simple": 3, "development": 2, "production": 5}[name]


@pytest.mark.parametrize(
    ("strategy", "attempts"), [("aggressive", 2), ("balanced", 3), ("conservative", 5), ("critical", 7)]
)
async def test_a_strategy_tries_as_often_as_the_table_says(strategy: Any, attempts: int, clock: FakeClock) -> None:
    upstream = Upstream(ProviderUnavailable())
    await refused(Policy("area.deed", STRATEGIES[strategy], clock), upstream)
    assert upstream.calls == attempts


async def test_each_failed_try_is_reported_with_the_wait_that_follows(policy: Policy, events: list[object]) -> None:
    error = await refused(policy, Upstream(ProviderUnavailable("first"), ProviderUnavailable("last")))
    assert str(error) == "last"
    assert events == [
        AttemptFailed("area.deed", 1, "provider_unavailable", 2),
        AttemptFailed("area.deed", 2, "provider_unavailable", 2),
        AttemptFailed("area.deed", 3, "provider_unavailable", None),
        CallFinished("area.deed", "failure", 3, 4),
    ]


async def test_a_second_try_that_succeeds_makes_the_call_a_success(policy: Policy, events: list[object]) -> None:
    assert await policy.call(Upstream(ProviderUnavailable(), "answer")) == "answer"
    assert events[-1] == CallFinished("area.deed", "success", 2, 2)
    assert policy.breaker.failure_count == 0


@pytest.mark.parametrize("error", [ProviderRefused(), ProviderTimeout(), ValueError("a bug")])
async def test_what_may_not_be_repeated_is_raised_at_once(policy: Policy, clock: FakeClock, error: Exception) -> None:
    upstream = Upstream(error)
    with pytest.raises(type(error)) as raised:
        await policy.call(upstream)
    assert raised.value is error
    assert (upstream.calls, clock.slept) == (1, [])


async def test_the_breaker_counts_attempts_and_stops_a_call_that_opened_it(policy: Policy, clock: FakeClock) -> None:
    upstream = Upstream(ProviderUnavailable())
    await refused(policy, upstream)
    slept = len(clock.slept)
    error = await refused(policy, upstream)
    assert isinstance(error, ProviderUnavailable)
    assert upstream.calls == 5
    assert len(clock.slept) == slept + 1, "no wait for a breaker that will still be open"
    assert_state(policy.breaker, "open")


async def test_an_open_breaker_rejects_without_calling(policy: Policy, events: list[object]) -> None:
    policy.breaker.force_open(30)
    upstream = Upstream("answer")
    error = await refused(policy, upstream)
    assert isinstance(error, CircuitOpen)
    assert (error.retry_after, upstream.calls) == (30, 0)
    assert events[-1] == CallFinished("area.deed", "rejected", 0, 0)


async def test_a_breaker_that_opens_during_the_wait_ends_the_retry(policy: Policy, events: list[object]) -> None:
    def open_while_waiting(event: object) -> None:
        events.append(event)
        if isinstance(event, AttemptFailed):
            policy.breaker.force_open(30)

    policy = Policy("area.deed", policy.numbers, FakeClock(), open_while_waiting, random=lambda: 0.0)
    upstream = Upstream(ProviderUnavailable())
    assert isinstance(await refused(policy, upstream), CircuitOpen)
    assert upstream.calls == 1
    assert events == [
        AttemptFailed("area.deed", 1, "provider_unavailable", 2),
        BreakerChanged("area.deed", "closed", "open", "forced"),
        CallFinished("area.deed", "failure", 1, 2),
    ]


async def test_a_cancelled_call_is_neutral_and_reported(policy: Policy, events: list[object]) -> None:
    inside = asyncio.Event()

    async def never() -> str:
        inside.set()
        await asyncio.Event().wait()
        return "never"

    task = asyncio.create_task(policy.call(never))
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == [CallFinished("area.deed", "cancelled", 1, 0)]
    assert policy.breaker.failure_count == 0


async def test_a_cancelled_probe_leaves_the_breaker_half_open_for_the_next(policy: Policy, clock: FakeClock) -> None:
    policy.breaker.force_open(5)
    clock.advance(5)
    inside = asyncio.Event()

    async def never() -> str:
        inside.set()
        await asyncio.Event().wait()
        return "never"

    task = asyncio.create_task(policy.call(never))
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert_state(policy.breaker, "half_open")
    assert await policy.call(Upstream("answer")) == "answer"
    assert_state(policy.breaker, "closed")


async def test_cancelling_between_two_attempts_ends_the_wait(events: list[object]) -> None:
    class Asleep(FakeClock):
        def __init__(self) -> None:
            super().__init__()
            self.sleeping = asyncio.Event()

        async def sleep(self, seconds: float) -> None:
            self.sleeping.set()
            await asyncio.Event().wait()

    clock = Asleep()
    policy = Policy("area.deed", STRATEGIES["balanced"], clock, events.append)
    task = asyncio.create_task(policy.call(Upstream(ProviderUnavailable())))
    await clock.sleeping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events[-1] == CallFinished("area.deed", "cancelled", 1, 0)


async def test_a_stream_is_a_success_only_when_it_was_read_to_the_end(
    policy: Policy, clock: FakeClock, events: list[object]
) -> None:
    first, permit = await policy.open(Upstream(ProviderUnavailable(), "first token"))
    assert first == "first token"
    assert policy.metrics().calls == 0
    clock.advance(8)
    permit.succeed()
    assert events[-1] == CallFinished("area.deed", "success", 2, 10)
    assert policy.metrics().successes == 1


@pytest.mark.parametrize(
    ("error", "outcome", "failures"),
    [
        (ProviderUnavailable(), "failure", 1),
        (ProviderRefused(), "failure", 0),
        (asyncio.CancelledError(), "cancelled", 0),
        (GeneratorExit(), "cancelled", 0),
    ],
)
async def test_a_broken_stream_counts_by_its_error(
    policy: Policy, events: list[object], error: BaseException, outcome: Any, failures: int
) -> None:
    _, permit = await policy.open(Upstream("first token"))
    permit.settle(error)
    assert events[-1] == CallFinished("area.deed", outcome, 1, 0)
    assert policy.breaker.failure_count == failures


async def test_an_abandoned_stream_gives_its_probe_back(policy: Policy, clock: FakeClock) -> None:
    policy.breaker.force_open(5)
    clock.advance(5)
    opened = await policy.open(Upstream("first token"))
    assert isinstance(await refused(policy, Upstream("never")), CircuitOpen)
    del opened
    gc.collect()
    assert await policy.call(Upstream("answer")) == "answer"


async def test_fifty_calls_at_a_recovering_provider_send_it_one(policy: Policy, clock: FakeClock) -> None:
    policy.breaker.force_open(5)
    clock.advance(5)
    answer = asyncio.Event()
    calls = 0

    async def work() -> str:
        nonlocal calls
        calls += 1
        await answer.wait()
        return "answer"

    tasks = [asyncio.create_task(policy.call(work)) for _ in range(50)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    answer.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert calls == 1
    assert sum(isinstance(result, CircuitOpen) for result in results) == 49


async def test_metrics_are_true_counts(policy: Policy, clock: FakeClock) -> None:
    await policy.call(Upstream("answer", clock=clock, seconds=3))
    succeeded = clock.now()
    await refused(policy, Upstream(ProviderUnavailable()))
    failed = clock.now()
    await refused(policy, Upstream(ProviderUnavailable()))
    await refused(policy, Upstream("never"))
    clock.advance(60)
    await policy.call(Upstream("answer"))
    seen = policy.metrics()
    assert (seen.calls, seen.successes, seen.failures, seen.rejected, seen.cancelled) == (5, 2, 2, 1, 0)
    assert (seen.attempts, seen.retries) == (7, 3)
    assert (seen.opens, seen.half_opens, seen.closes) == (1, 1, 1)
    assert seen.last_success is not None
    assert seen.last_success > succeeded
    assert seen.last_failure is not None
    assert seen.last_failure > failed


async def test_reset_metrics_starts_from_zero_and_leaves_the_breaker(policy: Policy) -> None:
    for _ in range(2):
        await refused(policy, Upstream(ProviderUnavailable()))
    policy.reset_metrics()
    assert policy.metrics().calls == policy.metrics().opens == 0
    assert policy.metrics().last_failure is None
    assert_state(policy.breaker, "open")


async def test_new_numbers_hold_from_the_next_call_on(policy: Policy) -> None:
    policy.configure(replace(policy.numbers, retry_attempts=1, circuit_breaker_threshold=2))
    upstream = Upstream(ProviderUnavailable())
    await refused(policy, upstream)
    assert upstream.calls == 1
    await refused(policy, upstream)
    assert_state(policy.breaker, "open")


async def test_changes_of_the_breaker_reach_the_hook(policy: Policy, events: list[object]) -> None:
    policy.breaker.force_open(5)
    assert events == [BreakerChanged("area.deed", "closed", "open", "forced")]


def test_numbers_that_contradict_each_other_cannot_exist(policy: Policy) -> None:
    with pytest.raises(ValueError, match="exponential_min"):
        replace(policy.numbers, exponential_min=10)
