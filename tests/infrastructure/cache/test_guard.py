import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError

from app.core.events import BreakerChanged
from app.infrastructure.cache import RedisUnavailable
from app.infrastructure.cache.guard import Guard
from tests.support.clock import FakeClock


@pytest.fixture
def guard(clock: FakeClock, events: list[object]) -> Guard:
    return Guard(clock, events.append, threshold=3, probe_every=1.0)


def succeed(guard: Guard) -> None:
    with guard:
        pass


def fail(guard: Guard, error: BaseException | None = None) -> None:
    with pytest.raises(RedisUnavailable), guard:
        raise error or RedisConnectionError("gone")


def refuses(guard: Guard) -> bool:
    """Whether the next command is refused before it begins."""
    begun = False
    try:
        with guard:
            begun = True
            raise RedisConnectionError("gone")
    except RedisUnavailable:
        return not begun


def test_two_failures_in_a_row_keep_it_closed(guard: Guard) -> None:
    fail(guard)
    fail(guard)
    assert guard.state == "up"


def test_three_failures_in_a_row_open_it(guard: Guard) -> None:
    for _ in range(3):
        fail(guard)
    assert guard.state == "down"
    assert refuses(guard)


def test_a_success_between_failures_keeps_it_closed(guard: Guard) -> None:
    for _ in range(3):
        fail(guard)
        fail(guard)
        succeed(guard)
    assert guard.state == "up"


def test_while_down_one_command_a_second_gets_through(guard: Guard, clock: FakeClock) -> None:
    for _ in range(3):
        fail(guard)
    clock.advance(0.99)
    assert refuses(guard)
    clock.advance(0.01)
    assert not refuses(guard)
    assert refuses(guard)
    clock.advance(1)
    assert not refuses(guard)


def test_a_probe_that_succeeds_closes_it(guard: Guard, clock: FakeClock) -> None:
    for _ in range(3):
        fail(guard)
    clock.advance(1)
    succeed(guard)
    fail(guard)
    assert guard.state == "up"


def test_it_knows_since_when_and_reports_each_change(guard: Guard, clock: FakeClock, events: list[object]) -> None:
    began = clock.now()
    assert guard.since == began
    clock.advance(10)
    for _ in range(3):
        fail(guard)
    clock.advance(1)
    fail(guard)
    assert guard.since == began + 10
    clock.advance(1)
    succeed(guard)
    assert guard.since == began + 12
    assert events == [
        BreakerChanged("redis", "closed", "open", "ConnectionError"),
        BreakerChanged("redis", "open", "closed", "Redis answers"),
    ]


def test_a_refusal_that_redis_answers_shows_that_it_is_up(guard: Guard) -> None:
    for _ in range(5):
        fail(guard, OutOfMemoryError("command not allowed"))
    assert guard.state == "up"


def test_errors_of_the_network_count(guard: Guard) -> None:
    for _ in range(3):
        fail(guard, OSError("no route to host"))
    assert guard.state == "down"


@pytest.mark.parametrize("error", [asyncio.CancelledError(), ValueError("not about Redis")])
def test_what_says_nothing_about_redis_passes_and_does_not_count(guard: Guard, error: BaseException) -> None:
    fail(guard)
    fail(guard)
    for _ in range(3):
        with pytest.raises(type(error)), guard:
            raise error
    assert guard.state == "up"
    fail(guard)
    assert refuses(guard)


def test_a_cancelled_probe_leaves_the_next_second_its_own(guard: Guard, clock: FakeClock) -> None:
    for _ in range(3):
        fail(guard)
    clock.advance(1)
    with pytest.raises(asyncio.CancelledError), guard:
        raise asyncio.CancelledError
    assert refuses(guard)
    clock.advance(1)
    succeed(guard)
    assert guard.state == "up"
