"""The topics that a process answers to, in a fleet of one."""

from collections.abc import AsyncIterator

import pytest

from app.control.watch import USAGE
from app.core.errors import NotFound
from tests.control.helpers import MAKE, POUR, House, failing_call
from tests.support.eventually import eventually


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with house.plane.joined():
        yield house


async def test_policies_tell_their_breaker_and_their_counts(house: House) -> None:
    for _ in range(2):
        await failing_call(house)
    make, pour = (await house.ask("policies")).values()
    assert (make["state"], make["opens"], make["calls"], make["attempts"]) == ("open", 1, 2, 5)
    assert 0 < make["open_remaining"] <= make["recovery_timeout"] == 60
    assert (pour["state"], pour["calls"], pour["failure_threshold"]) == ("closed", 0, 5)


async def test_the_config_tells_the_numbers_and_the_wish_behind_them(house: House) -> None:
    before = await house.ask("config")
    assert (before["preset"], before["generation"], before["wish"]) == ("simple", 0, None)
    wish = {"preset": "production", "custom": {"retry_attempts": 4}, "until": None, "reason": "a bad night"}
    change = await house.fleet.desire(lambda document: {**document, "config": wish})
    after = await house.ask("config")
    assert (after["preset"], after["custom"], after["wish"]) == ("production", {"retry_attempts": 4}, wish)
    assert after["generation"] == change.generation == 1
    assert after["policies"][MAKE]["numbers"]["retry_attempts"] == 4


async def test_a_wish_ends_with_the_heartbeats(house: House) -> None:
    wish = {"preset": "production", "custom": None, "until": house.clock.now() + 60}
    await house.fleet.desire(lambda document: {**document, "config": wish})
    assert house.attempts() == 5
    house.clock.advance(60)
    await eventually(lambda: house.attempts() == 3)


async def test_resetting_a_breaker_closes_it_and_no_other(house: House) -> None:
    for policy in house.policies.values():
        policy.breaker.force_open(60)
    await house.fleet.tell("breaker.reset", MAKE)
    assert [policy.breaker.state for policy in house.policies.values()] == ["closed", "open"]


@pytest.mark.parametrize(("name", "left"), [(None, [0, 0]), (MAKE, [0, 1])])
async def test_metrics_are_reset_for_one_or_for_all(house: House, name: str | None, left: list[int]) -> None:
    for each in (MAKE, POUR):
        await failing_call(house, each)
    await house.fleet.tell("metrics.reset", name)
    assert [row["calls"] for row in (await house.ask("policies")).values()] == left


@pytest.mark.parametrize("topic", ["breaker.reset", "metrics.reset"])
async def test_an_unknown_name_fails_and_is_not_made(house: House, topic: str) -> None:
    said = await house.fleet.tell(topic, "tea.whisk")
    [error] = said.failed.values()
    assert isinstance(error, NotFound)
    assert (await house.ask("policies")).keys() == {MAKE, POUR}


async def test_leaving_writes_down_what_was_not_written_yet() -> None:
    house = House()
    async with house.plane.joined():
        house.calls(4)
    [row] = await house.history.read(USAGE)
    assert (row["instance"], row["counts"]["successes"]) == ("me", 4)
