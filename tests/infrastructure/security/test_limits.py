"""A bucket of requests for each key, refilled evenly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import RateLimited
from app.infrastructure.security import Allowance, RateLimit
from tests.support.clock import FakeClock


def passes(limit: RateLimit, key: str = "a", cost: int = 1) -> bool:
    try:
        limit.spend(key, cost)
    except RateLimited:
        return False
    return True


def test_the_whole_limit_may_come_at_once_and_then_nothing() -> None:
    limit = RateLimit(3, 60, FakeClock())
    assert [passes(limit) for _ in range(4)] == [True, True, True, False]


def test_an_allowance_counts_down_and_refills() -> None:
    clock = FakeClock()
    limit = RateLimit(3, 60, clock)
    assert limit.spend("a") == Allowance(3, 60, 2, 20.0)
    assert limit.spend("a") == Allowance(3, 60, 1, 40.0)
    clock.advance(20)
    assert limit.spend("a") == Allowance(3, 60, 1, 40.0)
    clock.advance(1000)
    assert limit.spend("a") == Allowance(3, 60, 2, 20.0)


def test_waiting_as_long_as_told_is_enough_and_less_is_not() -> None:
    clock = FakeClock()
    limit = RateLimit(3, 60, clock)
    limit.spend("a", 3)
    with pytest.raises(RateLimited) as caught:
        limit.spend("a", 2)
    assert caught.value.retry_after == pytest.approx(40)
    clock.advance(39)
    assert not passes(limit, cost=2)
    clock.advance(1)
    assert passes(limit, cost=2)


def test_a_refused_request_costs_nothing() -> None:
    clock = FakeClock()
    limit = RateLimit(2, 60, clock)
    limit.spend("a", 2)
    for _ in range(100):
        assert not passes(limit)
    clock.advance(30)
    assert passes(limit)


def test_a_cost_beyond_the_limit_never_fits() -> None:
    limit = RateLimit(3, 60, FakeClock())
    with pytest.raises(RateLimited) as caught:
        limit.spend("a", 4)
    assert caught.value.retry_after == 60


def test_keys_do_not_share() -> None:
    limit = RateLimit(1, 60, FakeClock())
    assert passes(limit, "a")
    assert passes(limit, "b")
    assert not passes(limit, "a")


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, 60, FakeClock())
    assert limit.spend("a", 1_000_000) is None


def test_the_longest_unseen_key_is_forgotten_first() -> None:
    limit = RateLimit(2, 60, FakeClock(), capacity=2)
    limit.spend("a", 2)
    limit.spend("b", 1)
    limit.spend("b", 1)
    limit.spend("c")
    assert passes(limit, "a", 2)


def test_looking_does_not_count() -> None:
    limit = RateLimit(1, 60, FakeClock())
    for _ in range(5):
        limit.refuse_if_spent("a")
    limit.spend("a")
    with pytest.raises(RateLimited):
        limit.refuse_if_spent("a")


Request = tuple[int, int]
"""Milliseconds after the one before, and a cost."""


@given(
    most=st.integers(1, 20),
    window=st.integers(1, 100),
    requests=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5)), max_size=150),
)
def test_no_stretch_of_time_passes_more_than_a_full_bucket_and_its_refill(
    most: int, window: int, requests: list[Request]
) -> None:
    clock = FakeClock()
    limit, passed = RateLimit(most, window, clock), list[tuple[float, int]]()
    for after, cost in requests:
        clock.advance(after / 1000)
        if passes(limit, cost=cost):
            passed.append((clock.now(), cost))
    for begin, _ in passed:
        for end in (moment for moment, _ in passed if moment >= begin):
            inside = sum(cost for moment, cost in passed if begin <= moment <= end)
            assert inside <= most + (end - begin) / window * most + 1e-6
