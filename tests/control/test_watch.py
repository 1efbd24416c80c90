"""What a process notices by itself: alerts with their beginning and end, and records that outlive it."""

from typing import Any

import pytest

from app.control import Watch
from app.control.watch import ALERT_SECONDS, ALERTS, RECORD_SECONDS, USAGE
from app.infrastructure.cache import TieredCache
from app.infrastructure.resilience.alerts import CALM_SECONDS, MINIMUM_CALLS
from app.infrastructure.resilience.records import Recorder
from tests.control.helpers import MAKE, POUR, House, failing_call

TICK = 3.0


async def pass_time(house: House, seconds: float) -> None:
    for _ in range(round(seconds / TICK)):
        house.clock.advance(TICK)
        await house.watch.look()


def on(house: House) -> list[tuple[str, str]]:
    return [(alert.name, alert.subject) for alert in house.watch.alerts]


async def told(house: House) -> list[tuple[str, str]]:
    """What the history says of alerts, oldest first."""
    return [(row["what"], row["name"]) for row in (await house.history.read(ALERTS))[::-1]]


async def test_an_open_breaker_is_an_alert_until_a_minute_after_it_has_closed() -> None:
    house = House()
    for _ in range(2):
        await failing_call(house)
    await house.watch.look()
    [alert] = house.watch.alerts
    assert (alert.name, alert.subject, alert.since) == ("breaker_open", MAKE, house.clock.now())
    house.policies[MAKE].breaker.reset()
    await pass_time(house, CALM_SECONDS)
    assert on(house) == [("breaker_open", MAKE)]
    await pass_time(house, TICK)
    assert on(house) == []
    assert await told(house) == [("began", "breaker_open"), ("ended", "breaker_open")]


async def test_a_breaker_that_opens_again_within_the_minute_is_the_same_alert() -> None:
    house = House()
    for _ in range(3):
        house.policies[MAKE].breaker.force_open(30)
        await pass_time(house, 30)
        house.policies[MAKE].breaker.reset()
        await pass_time(house, 30)
    assert await told(house) == [("began", "breaker_open")]


async def test_the_error_share_is_one_of_real_calls() -> None:
    house = House()
    house.calls(MINIMUM_CALLS - 2)
    house.calls(1, "failure")
    await house.watch.look()
    assert on(house) == []
    house.calls(1, "failure")
    await house.watch.look()
    [alert] = house.watch.alerts
    assert (alert.name, alert.value) == ("error_share", 2 / MINIMUM_CALLS)


async def test_the_degraded_share_is_one_of_the_answers_that_callers_got() -> None:
    house = House()
    house.calls(2 * MINIMUM_CALLS, "rejected")
    house.answers(MINIMUM_CALLS, degraded=1)
    await house.watch.look()
    assert on(house) == []
    house.answers(MINIMUM_CALLS, degraded=4)
    await house.watch.look()
    [alert] = house.watch.alerts
    assert (alert.name, alert.value) == ("degraded_share", 5 / (2 * MINIMUM_CALLS))


async def test_what_happened_long_ago_worries_nobody() -> None:
    house = House()
    house.calls(MINIMUM_CALLS, "failure")
    await house.watch.look()
    assert on(house) == [("error_share", "")]
    await pass_time(house, ALERT_SECONDS + CALM_SECONDS + 2 * TICK)
    assert on(house) == []


async def test_calls_are_written_down_once_a_minute_and_told_before() -> None:
    house = House()
    house.calls(2)
    house.calls(1, name=POUR)
    await pass_time(house, RECORD_SECONDS - TICK)
    assert {record.operation: record.counts.calls for record in house.watch.unwritten()} == {MAKE: 2, POUR: 1}
    assert await house.history.read(USAGE) == []
    await pass_time(house, TICK)
    assert house.watch.unwritten() == []
    rows = await house.history.read(USAGE)
    assert {row["operation"]: row["counts"]["successes"] for row in rows} == {MAKE: 2, POUR: 1}
    await pass_time(house, RECORD_SECONDS)
    assert len(await house.history.read(USAGE)) == 2


class Detached(TieredCache):
    """A cache whose Redis comes and goes."""

    lost = True

    async def reachable(self) -> bool:
        return not self.lost


@pytest.fixture
def detached() -> tuple[House, Detached]:
    house = House()
    cache = Detached(house.clock, house.cache)  # type: ignore[arg-type]
    recorder = Recorder(house.events)
    house.watch = Watch("me", house.watch.traffic, recorder, house.policies, cache, house.history, house.clock)
    return house, cache


async def test_records_wait_until_redis_is_back(detached: tuple[House, Detached]) -> None:
    house, cache = detached
    house.calls(5)
    await pass_time(house, 3 * RECORD_SECONDS)
    assert on(house) == [("redis_lost", "")]
    assert await house.history.read(USAGE) == []
    cache.lost = False
    await pass_time(house, TICK)
    [row] = await house.history.read(USAGE)
    assert row["counts"]["successes"] == 5


async def test_calls_belong_to_the_preset_that_they_were_made_with() -> None:
    house = House()

    def preset(name: str) -> Any:
        wish = {"preset": name, "custom": None, "until": None}
        return lambda document: {**document, "config": wish}

    async with house.plane.joined():
        house.calls(2)
        await house.fleet.desire(preset("production"))
        house.calls(3)
        await house.fleet.desire(preset("development"))
        found = {row["preset"]: row["counts"]["successes"] for row in await house.ask("usage")}
    assert found == {"simple": 2, "production": 3}
