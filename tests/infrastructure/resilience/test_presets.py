"""The numbers of docs/resilience.md."""

from dataclasses import astuple
from typing import get_args

import pytest

from app.core.settings import Preset as PresetName
from app.infrastructure.resilience.presets import PRESETS, STRATEGIES, StrategyName


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("aggressive", (2, 10, 0.5, 1, 5, 2, 3, 30)),
        ("balanced", (3, 30, 1, 2, 10, 2, 5, 60)),
        ("conservative", (5, 120, 2, 4, 30, 2, 8, 120)),
        ("critical", (7, 300, 1.5, 3, 60, 5, 10, 300)),
    ],
)
def test_a_strategy_has_its_documented_numbers(name: StrategyName, numbers: tuple[float, ...]) -> None:
    assert astuple(STRATEGIES[name]) == numbers


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("simple", (3, 5, 60, "balanced")),
        ("development", (2, 3, 30, "aggressive")),
        ("production", (5, 10, 120, "conservative")),
    ],
)
def test_a_preset_has_its_documented_numbers(name: str, numbers: tuple[object, ...]) -> None:
    assert astuple(PRESETS[name])[:4] == numbers


def test_the_presets_are_those_that_the_settings_accept() -> None:
    assert set(PRESETS) == set(get_args(PresetName))
    assert set(STRATEGIES) == set(get_args(StrategyName))
