"""What operators want holds for as long as they want it."""

from typing import Any

import pytest

from app.control import steering
from app.core.errors import CircuitOpen
from app.infrastructure.resilience import CustomConfig
from tests.control.helpers import MAKE, POUR, House, failing_call


def wish(preset: str, custom: dict[str, Any] | None = None, until: float | None = None) -> dict[str, Any]:
    return {"preset": preset, "custom": custom, "until": until, "reason": "test", "by": "me", "at": 0.0}


def held(house: House, name: str, seconds: float, document: dict[str, Any] | None = None) -> dict[str, Any]:
    now = house.clock.now()
    return steering.forced(document or {}, name, {"until": now + seconds}, now)


def states(house: House) -> dict[str, str]:
    return {name: policy.breaker.state for name, policy in house.policies.items()}


async def test_the_next_failing_call_obeys_a_wish() -> None:
    house = House()
    assert await failing_call(house) == 3
    house.steering.obey(steering.configured({}, wish("production", {"retry_attempts": 4})), 1)
    assert await failing_call(house, POUR) == 4
    assert (house.policies.preset, house.steering.generation) == ("production", 1)


def test_without_a_wish_the_settings_hold_again() -> None:
    house = House(custom=CustomConfig(retry_attempts=7))
    document = steering.configured({}, wish("development"))
    house.steering.obey(document, 1)
    assert house.attempts() == 2
    house.steering.obey(steering.configured(document, None), 2)
    assert (house.attempts(), house.steering.config) == (7, None)


def test_a_wish_ends_at_its_time_and_the_settings_hold_again() -> None:
    house = House()
    house.steering.obey(steering.configured({}, wish("production", until=house.clock.now() + 60)), 1)
    house.clock.advance(59)
    house.steering.enforce()
    assert house.attempts() == 5
    house.clock.advance(1)
    house.steering.enforce()
    assert (house.attempts(), house.steering.config, house.steering.generation) == (3, None, 1)


def test_a_wish_that_has_ended_is_not_obeyed_by_one_who_comes_late() -> None:
    house = House()
    house.steering.obey(steering.configured({}, wish("production", until=house.clock.now())), 1)
    assert house.attempts() == 3


@pytest.mark.parametrize("custom", [{"operation_overrides": {"nobody": "critical"}}, {"retry_attempts": 99}])
def test_a_document_that_does_not_fit_changes_nothing(custom: dict[str, Any]) -> None:
    house = House()
    house.steering.obey(steering.configured({}, wish("production")), 1)
    document = steering.configured(held(house, MAKE, 60), wish("development", custom))
    with pytest.raises(ValueError, match=r"operation_overrides|retry_attempts"):
        house.steering.obey(document, 2)
    house.steering.enforce()
    assert (house.attempts(), house.steering.generation) == (5, 1)
    assert states(house) == {MAKE: "closed", POUR: "closed"}


async def test_a_breaker_is_held_open_until_its_end_and_then_probes() -> None:
    house = House()
    house.steering.obey(held(house, MAKE, 60), 1)
    house.clock.advance(59)
    house.steering.enforce()
    with pytest.raises(CircuitOpen):
        await failing_call(house)
    house.clock.advance(1)
    house.steering.enforce()
    assert states(house) == {MAKE: "half_open", POUR: "closed"}


def test_one_who_comes_late_holds_a_breaker_for_the_rest_of_the_time() -> None:
    house = House()
    document = held(house, MAKE, 60)
    house.clock.advance(45)
    house.steering.obey(document, 1)
    assert house.policies[MAKE].breaker.open_remaining == 15


def test_enforcing_again_does_not_open_a_breaker_that_was_closed_by_hand() -> None:
    house = House()
    house.steering.obey(held(house, MAKE, 60), 1)
    house.policies[MAKE].breaker.reset()
    house.steering.enforce()
    assert states(house)[MAKE] == "closed"


def test_a_second_order_moves_the_end() -> None:
    house = House()
    document = held(house, MAKE, 60)
    house.steering.obey(document, 1)
    house.steering.obey(held(house, MAKE, 10, document), 2)
    assert house.policies[MAKE].breaker.open_remaining == 10


def test_a_release_closes_the_breaker_where_the_order_to_reset_was_missed() -> None:
    house = House()
    document = held(house, POUR, 60, held(house, MAKE, 60))
    house.steering.obey(document, 1)
    house.steering.obey(steering.released(document, MAKE), 2)
    assert states(house) == {MAKE: "closed", POUR: "open"}


def test_an_end_that_has_passed_is_no_release() -> None:
    house = House()
    document = held(house, MAKE, 60)
    house.steering.obey(document, 1)
    house.clock.advance(61)
    house.policies[MAKE].breaker.force_open(30)
    house.steering.obey(held(house, POUR, 60, document), 2)
    assert states(house) == {MAKE: "open", POUR: "open"}


def test_a_breaker_of_another_release_is_passed_over() -> None:
    house = House()
    document = held(house, "tea.whisk", 60)
    house.steering.obey(document, 1)
    house.steering.obey(steering.released(document, "tea.whisk"), 2)
    assert states(house) == {MAKE: "closed", POUR: "closed"}


def test_changes_of_the_document_leave_the_rest_and_the_original_alone() -> None:
    house = House()
    document = {"other": 1, "forced": {"old": {"until": house.clock.now()}, POUR: {"until": house.clock.now() + 1}}}
    changed = held(house, MAKE, 60, document)
    assert (changed["other"], changed["forced"].keys()) == (1, {POUR, MAKE})
    assert document["forced"].keys() == {"old", POUR}  # type: ignore[attr-defined]
    assert steering.released(changed, MAKE)["forced"].keys() == {POUR}
