"""How near one set of resilience numbers is to another."""

from collections.abc import Mapping
from typing import Any

from .presets import STRATEGIES

_ORDER: list[str] = list(STRATEGIES)


def closeness(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, float]:
    """From 0 to 1 (equal) for each key that both have: numbers by their ratio, strategies by their order."""
    return {key: _near(given[key], wanted[key]) for key in given if key in wanted}


def mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)


def _near(one: Any, other: Any) -> float:
    if isinstance(one, str):
        return 1 - abs(_ORDER.index(one) - _ORDER.index(other)) / (len(_ORDER) - 1)
    return float(min(one, other) / max(one, other))
