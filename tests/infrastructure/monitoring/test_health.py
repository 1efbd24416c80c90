"""Probes are asked with patience that ends, and seldom."""

import asyncio

import pytest

from app.core.events import Events, ModelCalled
from app.infrastructure.monitoring import Component, Health, ModelHealth, worst
from app.infrastructure.monitoring.health import REMEMBERED_SECONDS
from tests.support.clock import FakeClock

FINE = Component("healthy", "warm")


class Probe:
    """Answers, and remembers how often it was asked."""

    def __init__(self, answer: Component = FINE) -> None:
        self.answer, self.asked = answer, 0

    async def __call__(self) -> Component:
        self.asked += 1
        return self.answer


async def silent() -> Component:
    await asyncio.Event().wait()
    return FINE


async def test_an_answer_is_remembered_for_a_moment() -> None:
    clock, probe = FakeClock(), Probe()
    health = Health({"tea": probe}, clock)
    for _ in range(3):
        assert await health.components() == {"tea": FINE}
    clock.advance(REMEMBERED_SECONDS)
    await health.components()
    assert probe.asked == 1
    clock.advance(0.1)
    await health.components()
    assert probe.asked == 2


async def test_a_change_is_seen_after_that_moment() -> None:
    clock, probe = FakeClock(), Probe()
    health = Health({"tea": probe}, clock)
    await health.components()
    probe.answer = Component("degraded", "cold")
    clock.advance(REMEMBERED_SECONDS + 0.1)
    assert (await health.components())["tea"].detail == "cold"


async def test_a_probe_that_does_not_answer_is_unhealthy_and_holds_up_nobody() -> None:
    components = await Health({"silent": silent, "tea": Probe()}, FakeClock()).components()
    assert components["silent"] == Component("unhealthy", "no answer within 1 s")
    assert components["tea"] == FINE


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "healthy"),
        (["healthy"], "healthy"),
        (["healthy", "degraded"], "degraded"),
        (["degraded", "unhealthy", "healthy"], "unhealthy"),
    ],
)
def test_the_whole_is_as_well_as_its_worst_part(states: list[str], expected: str) -> None:
    parts = {str(number): Component(state, "") for number, state in enumerate(states)}  # type: ignore[arg-type]
    assert worst(parts) == expected


def called(outcome: str) -> ModelCalled:
    return ModelCalled("tea.make", "scripted", "scripted:one", outcome, 0, 0, 0.0, None, 1.0)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "healthy"),
        (["provider_busy"] * 2, "healthy"),
        (["provider_busy"] * 3, "degraded"),
        (["provider_busy", "provider_busy", "success", "provider_busy"], "healthy"),
        (["provider_busy"] * 3 + ["success"], "healthy"),
        (["cancelled", "provider_refused"] * 5, "healthy"),
        (["provider_busy", "cancelled"] * 3, "degraded"),
    ],
)
async def test_a_model_is_as_well_as_its_last_calls(outcomes: list[str], state: str) -> None:
    events = Events()
    health = ModelHealth("scripted:one", events)
    for outcome in outcomes:
        events(called(outcome))
    assert (await health()).state == state
