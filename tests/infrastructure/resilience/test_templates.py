"""The templates, and which of them a config resembles."""

from typing import Any

import pytest

from app.infrastructure.resilience.custom import CustomConfig
from app.infrastructure.resilience.presets import PRESETS
from app.infrastructure.resilience.templates import TEMPLATES, suggest
from app.infrastructure.resilience.validation import validate

from .policies import declared


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("fast_development", (1, 2, 15, "aggressive", None)),
        ("robust_production", (6, 12, 180, "conservative", None)),
        ("low_latency", (1, 2, 10, "aggressive", 5)),
        ("high_throughput", (3, 8, 45, "balanced", None)),
        ("maximum_reliability", (8, 15, 300, "critical", None)),
    ],
)
def test_a_template_has_its_documented_numbers(name: str, numbers: tuple[object, ...]) -> None:
    config = TEMPLATES[name].config
    assert numbers == (
        config.retry_attempts,
        config.circuit_breaker_threshold,
        config.recovery_timeout,
        config.default_strategy,
        config.max_delay_seconds,
    )


def test_there_are_five_templates_with_different_descriptions() -> None:
    assert len({template.description for template in TEMPLATES.values()}) == len(TEMPLATES) == 5


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_template_fits_every_preset(name: str, preset: str) -> None:
    config = TEMPLATES[name].config.model_dump(exclude_unset=True)
    assert validate(config, declared("area.deed"), "staging", preset).is_valid


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_suggests_itself_with_full_score(name: str) -> None:
    found = suggest(TEMPLATES[name].config)
    assert (found.template, found.score) == (name, 1.0)


@pytest.mark.parametrize(
    ("config", "template", "score"),
    [
        ({"retry_attempts": 7}, "maximum_reliability", 0.88),
        ({"retry_attempts": 2}, "high_throughput", 0.67),
        ({"default_strategy": "balanced"}, "high_throughput", 1.0),
        ({"default_strategy": "aggressive", "recovery_timeout": 11}, "low_latency", 1.0),
        ({"default_strategy": "aggressive", "recovery_timeout": 14}, "fast_development", 1.0),
        (
            {"retry_attempts": 6, "circuit_breaker_threshold": 9, "default_strategy": "critical"},
            "robust_production",
            0.81,
        ),
    ],
)
def test_the_nearest_template_is_suggested(config: dict[str, Any], template: str, score: float) -> None:
    found = suggest(CustomConfig(**config))
    assert (found.template, found.score) == (template, score)


def test_each_reason_compares_one_number() -> None:
    found = suggest(CustomConfig(retry_attempts=4, default_strategy="balanced"))
    assert found.reasons == (
        "retry_attempts 4 against 3: 0.75",
        "default_strategy balanced against balanced: 1.00",
    )


def test_a_config_without_a_compared_number_gets_no_template_and_the_reason() -> None:
    found = suggest(CustomConfig(jitter_max=1))
    assert (found.template, found.score) == (None, 0.0)
    assert "retry_attempts" in found.reasons[0]
