"""The breaker, step by step on a fake clock. The state machine is searched in `test_breaker_machine`."""

import asyncio
import gc

import pytest
from circuitbreaker import CircuitBreaker

from app.core.errors import CircuitOpen, ProviderBadAnswer, ProviderRefused, ProviderTimeout
from app.core.events import BreakerChanged
from app.infrastructure.resilience.breaker import Breaker
from tests.support.clock import FakeClock

from .helpers import assert_state


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def breaker(clock: FakeClock, events: list[object]) -> Breaker:
    return Breaker("upstream", threshold=3, recovery=60, clock=clock, hook=events.append)


def open_by_failures(breaker: Breaker) -> None:
    for _ in range(3):
        breaker.acquire().fail()
    assert_state(breaker, "open")


def test_the_breaker_opens_after_as_many_failures_in_a_row_as_its_threshold(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.acquire().fail()
    assert_state(breaker, "closed")
    breaker.acquire().fail()
    assert_state(breaker, "open")


def test_a_success_in_between_starts_the_row_anew(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.acquire().fail()
    breaker.acquire().succeed()
    for _ in range(2):
        breaker.acquire().fail()
    assert_state(breaker, "closed")


def test_an_open_breaker_refuses_and_says_how_many_seconds_are_left(breaker: Breaker, clock: FakeClock) -> None:
    open_by_failures(breaker)
    clock.advance(20)
    with pytest.raises(CircuitOpen) as refusal:
        breaker.acquire()
    assert refusal.value.retry_after == 40
    assert breaker.open_remaining == 40


def test_eighty_percent_failures_open_it_although_never_three_fail_in_a_row(clock: FakeClock) -> None:
    breaker = Breaker("upstream", threshold=5, recovery=60, clock=clock)
    for call in range(1, 11):
        permit = breaker.acquire()
        permit.succeed() if call % 5 == 1 else permit.fail()
        assert breaker.failure_count < 5
    assert_state(breaker, "open")


@pytest.mark.parametrize(("threshold", "minimum"), [(3, 10), (8, 16)])
def test_half_of_too_few_calls_does_not_open_it(clock: FakeClock, threshold: int, minimum: int) -> None:
    breaker = Breaker("upstream", threshold, recovery=60, clock=clock)
    for _ in range(minimum // 2 - 1):
        breaker.acquire().succeed()
        breaker.acquire().fail()
    assert_state(breaker, "closed")
    breaker.acquire().succeed()
    breaker.acquire().fail()
    assert_state(breaker, "open")


def test_less_than_half_failed_leaves_it_closed(breaker: Breaker) -> None:
    for _ in range(100):
        breaker.acquire().succeed()
        breaker.acquire().fail()
        breaker.acquire().succeed()
    assert_state(breaker, "closed")


def test_calls_older_than_the_window_are_forgotten(breaker: Breaker, clock: FakeClock) -> None:
    for _ in range(4):
        breaker.acquire().fail()
        breaker.acquire().succeed()
    clock.advance(30)
    breaker.acquire().succeed()
    breaker.acquire().fail()
    assert_state(breaker, "closed")


async def test_fifty_callers_at_once_get_one_probe_through(breaker: Breaker, clock: FakeClock) -> None:
    open_by_failures(breaker)
    clock.advance(60)
    assert_state(breaker, "half_open")
    refused: list[CircuitOpen] = []
    inside = asyncio.Event()
    answer = asyncio.Event()

    async def caller() -> None:
        try:
            permit = breaker.acquire()
        except CircuitOpen as refusal:
            refused.append(refusal)
            return
        inside.set()
        await answer.wait()
        permit.succeed()

    callers = [asyncio.create_task(caller()) for _ in range(50)]
    await inside.wait()
    await asyncio.wait(callers, return_when=asyncio.FIRST_COMPLETED)
    answer.set()
    await asyncio.gather(*callers)
    assert len(refused) == 49
    assert all(refusal.retry_after == 1 for refusal in refused)
    assert_state(breaker, "closed")


def test_a_failed_probe_opens_it_for_the_whole_recovery_time_again(breaker: Breaker, clock: FakeClock) -> None:
    open_by_failures(breaker)
    clock.advance(75)
    breaker.acquire().fail()
    assert breaker.open_remaining == 60


def test_a_released_probe_lets_the_next_one_through(breaker: Breaker, clock: FakeClock) -> None:
    open_by_failures(breaker)
    clock.advance(60)
    breaker.acquire().release()
    assert_state(breaker, "half_open")
    breaker.acquire().succeed()
    assert_state(breaker, "closed")


def test_a_permit_that_is_dropped_is_given_back(breaker: Breaker, clock: FakeClock) -> None:
    open_by_failures(breaker)
    clock.advance(60)
    abandoned = breaker.acquire()
    with pytest.raises(CircuitOpen):
        breaker.acquire()
    del abandoned
    gc.collect()
    breaker.acquire().succeed()
    assert_state(breaker, "closed")


def test_a_success_that_began_before_the_opening_does_not_close_it(breaker: Breaker, clock: FakeClock) -> None:
    slow = breaker.acquire()
    open_by_failures(breaker)
    slow.succeed()
    assert_state(breaker, "open")
    clock.advance(60)
    probe = breaker.acquire()
    slow.succeed()
    assert_state(breaker, "half_open")
    probe.succeed()


def test_a_failure_that_began_before_the_opening_does_not_lengthen_it(breaker: Breaker, clock: FakeClock) -> None:
    slow = breaker.acquire()
    open_by_failures(breaker)
    clock.advance(50)
    slow.fail()
    assert breaker.open_remaining == 10


def test_a_late_release_does_not_give_back_the_permit_of_a_running_probe(breaker: Breaker, clock: FakeClock) -> None:
    slow = breaker.acquire()
    open_by_failures(breaker)
    clock.advance(60)
    probe = breaker.acquire()
    slow.release()
    with pytest.raises(CircuitOpen):
        breaker.acquire()
    probe.succeed()


def test_only_the_first_settlement_of_a_permit_counts(breaker: Breaker) -> None:
    permit = breaker.acquire()
    permit.fail()
    permit.fail()
    permit.succeed()
    assert breaker.failure_count == 1


def test_neutral_endings_neither_count_nor_forgive(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.acquire().fail()
    for error in (ProviderRefused(), ProviderBadAnswer(), ValueError(), asyncio.CancelledError()):
        breaker.acquire().settle(error)
    assert breaker.failure_count == 2
    breaker.acquire().settle(ProviderTimeout())
    assert_state(breaker, "open")


def test_reset_closes_it_and_forgets_the_failures(breaker: Breaker) -> None:
    open_by_failures(breaker)
    breaker.reset()
    assert_state(breaker, "closed")
    for _ in range(2):
        breaker.acquire().fail()
    assert_state(breaker, "closed")


def test_force_open_holds_for_its_own_time(breaker: Breaker, clock: FakeClock) -> None:
    breaker.force_open(5)
    assert breaker.open_remaining == 5
    clock.advance(5)
    breaker.acquire().succeed()
    assert_state(breaker, "closed")


def test_new_numbers_apply_in_place_and_keep_what_was_counted(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.acquire().fail()
    breaker.configure(threshold=4, recovery=10)
    breaker.acquire().fail()
    assert_state(breaker, "closed")
    breaker.acquire().fail()
    assert breaker.open_remaining == 10


def test_every_change_of_state_is_reported_with_its_reason(
    breaker: Breaker, clock: FakeClock, events: list[object]
) -> None:
    open_by_failures(breaker)
    clock.advance(60)
    breaker.acquire().succeed()
    breaker.reset()
    assert events == [
        BreakerChanged("upstream", "closed", "open", "3 failures in a row"),
        BreakerChanged("upstream", "open", "half_open", "recovery time is over"),
        BreakerChanged("upstream", "half_open", "closed", "probe succeeded"),
    ]


def test_the_entrances_of_the_library_are_shut_because_they_would_bypass_the_permits(breaker: Breaker) -> None:
    assert isinstance(breaker, CircuitBreaker)
    with pytest.raises(TypeError):
        breaker.call(int)
    with pytest.raises(TypeError), breaker:
        raise AssertionError("the body must not run")
