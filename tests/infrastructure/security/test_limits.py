"""A bucket of requests for each key, refilled evenly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import RateLimited
from app.infrastructure.security import Allowance, RateLimit
from tests.support.clock import FakeClock


async def passes(limit: RateLimit, key: str = "a", cost: int = 1) -> bool:
    try:
        await limit.spend(key, cost)
    except RateLimited:
        return False
    return True


async def test_the_whole_limit_may_come_at_once_and_then_nothing() -> None:
    limit = RateLimit(3, 60, FakeClock())
    assert [await passes(limit) for _ in range(4)] == [True, True, True, False]


async def test_an_allowance_counts_down_and_refills() -> None:
    clock = FakeClock()
    limit = RateLimit(3, 60, clock)
    assert await limit.spend("a") == Allowance(3, 60, 2, 20.0)
    assert await limit.spend("a") == Allowance(3, 60, 1, 40.0)
    clock.advance(20)
    assert await limit.spend("a") == Allowance(3, 60, 1, 40.0)
    clock.advance(1000)
    assert await limit.spend("a") == Allowance(3, 60, 2, 20.0)


async def test_waiting_as_long_as_told_is_enough_and_less_is_not() -> None:
    clock = FakeClock()
    limit = RateLimit(3, 60, clock)
    await limit.spend("a", 3)
    with pytest.raises(RateLimited) as caught:
        await limit.spend("a", 2)
    assert caught.value.retry_after == pytest.approx(40)
    clock.advance(39)
    assert not await passes(limit, cost=2)
    clock.advance(1)
    assert await passes(limit, cost=2)


async def test_a_refused_request_costs_nothing() -> None:
    clock = FakeClock()
    limit = RateLimit(2, 60, clock)
    await limit.spend("a", 2)
    for _ in range(100):
        assert not await passes(limit)
    clock.advance(30)
    assert await passes(limit)


async def test_a_cost_beyond_the_limit_never_fits() -> None:
    limit = RateLimit(3, 60, FakeClock())
    with pytest.raises(RateLimited) as caught:
        await limit.spend("a", 4)
    assert caught.value.retry_after == 60


async def test_keys_do_not_share() -> None:
    limit = RateLimit(1, 60, FakeClock())
    assert await passes(limit, "a")
    assert await passes(limit, "b")
    assert not await passes(limit, "a")


async def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, 60, FakeClock())
    assert await limit.spend("a", 1_000_000) is None


async def test_the_longest_unseen_key_is_forgotten_first() -> None:
    limit = RateLimit(2, 60, FakeClock(), capacity=2)
    await limit.spend("a", 2)
    await limit.spend("b", 1)
    await limit.spend("b", 1)
    await limit.spend("c")
    assert await passes(limit, "a", 2)


async def test_looking_does_not_count() -> None:
    limit = RateLimit(1, 60, FakeClock())
    for _ in range(5):
        await limit.refuse_if_spent("a")
    await limit.spend("a")
    with pytest.raises(RateLimited):
        await limit.refuse_if_spent("a")


Request = tuple[int, int]
"""Milliseconds after the one before, and a cost."""


@given(
    most=st.integers(1, 20),
    window=st.integers(1, 100),
    requests=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5)), max_size=150),
)
async def test_no_stretch_of_time_passes_more_than_a_full_bucket_and_its_refill(
    most: int, window: int, requests: list[Request]
) -> None:
    clock = FakeClock()
    limit, passed = RateLimit(most, window, clock), list[tuple[float, int]]()
    for after, cost in requests:
        clock.advance(after / 1000)
        if await passes(limit, cost=cost):
            passed.append((clock.now(), cost))
    for begin, _ in passed:
        for end in (moment for moment, _ in passed if moment >= begin):
            inside = sum(cost for moment, cost in passed if begin <= moment <= end)
            assert inside <= most + (end - begin) / window * most + 1e-6
