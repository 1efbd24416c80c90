"""Bounds of the custom config, at each edge and beyond it."""

import json
from typing import Any

import pytest

from app.infrastructure.resilience.custom import CustomConfig, parse_custom, warnings

BOUNDS = {
    "retry_attempts": (1, 10),
    "circuit_breaker_threshold": (1, 20),
    "recovery_timeout": (10, 300),
    "exponential_multiplier": (0.1, 5),
    "exponential_min": (0.5, 10),
    "exponential_max": (5, 120),
    "jitter_max": (0.1, 10),
    "max_delay_seconds": (5, 600),
}
STEPS = {"retry_attempts": 1, "circuit_breaker_threshold": 1}


@pytest.mark.parametrize(("field", "edge"), [(field, edge) for field, edges in BOUNDS.items() for edge in edges])
def test_the_edges_are_allowed(field: str, edge: float) -> None:
    assert getattr(parse_custom(json.dumps({field: edge})), field) == edge


@pytest.mark.parametrize("field", BOUNDS)
def test_beyond_the_edges_the_error_names_the_field_and_the_bound(field: str) -> None:
    low, high = BOUNDS[field]
    step = STEPS.get(field, 0.01)
    with pytest.raises(ValueError, match=rf"{field}: .*greater than or equal to {low}$"):
        parse_custom(json.dumps({field: low - step}))
    with pytest.raises(ValueError, match=rf"{field}: .*less than or equal to {high}$"):
        parse_custom(json.dumps({field: high + step}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{retry_attempts: 2}", "not JSON"),
        ("[]", "must be a JSON object"),
        ("3", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("{}", "at least one of retry_attempts"),
        ("[" * 4000, "nested too deeply"),
        ('{"retry_attempts": 1, "retry_attempts": 2}', "retry_attempts more than once"),
        ('{"operation_overrides": {"x": "critical", "x": "balanced"}}', "x more than once"),
        ('{"jitter_max": NaN}', "NaN"),
        ('{"jitter_max": -Infinity}', "-Infinity"),
        ('{"jitter_max": 1e999}', "jitter_max: .*finite"),
        ('{"retry_attempts": true}', "retry_attempts: .*integer"),
        ('{"jitter_max": true}', "jitter_max: .*number"),
        ('{"retry_attempts": 2.5}', "retry_attempts: .*integer"),
        ('{"retry_attempts": "2"}', "retry_attempts: .*integer"),
        ('{"retry_attempts": null}', "retry_attempts: leave the key out"),
        ('{"jitter_enabled": 1}', "jitter_enabled: .*boolean"),
        (
            '{"default_strategy": "heroic"}',
            "default_strategy: .*'aggressive', 'balanced', 'conservative' or 'critical'",
        ),
        ('{"operation_overrides": {"x": "heroic"}}', r"operation_overrides\.x: .*'critical'"),
        ('{"operation_overrides": ["x"]}', "operation_overrides: .*dictionary"),
        ('{"attempts": 2}', "attempts: unknown key; allowed are retry_attempts, "),
        (
            '{"exponential_min": 8, "exponential_max": 8}',
            r"exponential_min \(8\) must be less than exponential_max \(8\)",
        ),
        ('{"exponential_min": 5, "default_strategy": "aggressive"}', r"exponential_min \(5\).*exponential_max \(5\)"),
        ('{"retry_attempts": 0, "jitter_max": 0}', "retry_attempts: .*; jitter_max: "),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_custom(text)


def test_every_key_at_once_is_read() -> None:
    config = {
        "retry_attempts": 4,
        "circuit_breaker_threshold": 8,
        "recovery_timeout": 90,
        "default_strategy": "balanced",
        "operation_overrides": {"area.deed": "critical"},
        "exponential_multiplier": 1.5,
        "exponential_min": 2,
        "exponential_max": 20,
        "jitter_enabled": True,
        "jitter_max": 3,
        "max_delay_seconds": 60,
    }
    assert parse_custom(json.dumps(config)).model_dump() == config
    assert config.keys() == CustomConfig.model_fields.keys()


def test_the_json_schema_carries_the_bounds_and_offers_no_null() -> None:
    schema = CustomConfig.model_json_schema()
    for field, (low, high) in BOUNDS.items():
        assert (schema["properties"][field]["minimum"], schema["properties"][field]["maximum"]) == (low, high)
    assert "null" not in json.dumps(schema)
    assert (schema["minProperties"], schema["additionalProperties"]) == (1, False)


@pytest.mark.parametrize(
    ("config", "environment", "words"),
    [
        ({"max_delay_seconds": 11, "retry_attempts": 6}, "staging", ["max_delay_seconds 11"]),
        ({"max_delay_seconds": 12, "retry_attempts": 6}, "staging", []),
        ({"circuit_breaker_threshold": 2}, "staging", ["circuit_breaker_threshold 2"]),
        ({"circuit_breaker_threshold": 3}, "staging", []),
        ({"retry_attempts": 8}, "staging", ["retry_attempts 8"]),
        ({"retry_attempts": 7}, "staging", []),
        ({"retry_attempts": 4, "circuit_breaker_threshold": 3}, "staging", ["retry_attempts 4 > "]),
        ({"retry_attempts": 3, "circuit_breaker_threshold": 3}, "staging", []),
        ({"default_strategy": "aggressive"}, "production", ["aggressive"]),
        ({"default_strategy": "aggressive"}, "development", []),
        ({"operation_overrides": {"x": "aggressive"}}, "production", ["aggressive"]),
        (
            {"retry_attempts": 10, "circuit_breaker_threshold": 1, "max_delay_seconds": 5},
            "staging",
            ["max_delay_seconds 5", "circuit_breaker_threshold 1", "retry_attempts 10", "retry_attempts 10 > "],
        ),
    ],
)
def test_doubtful_choices_are_warned_about(config: dict[str, Any], environment: str, words: list[str]) -> None:
    found = warnings(CustomConfig(**config), environment)
    assert len(found) == len(words)
    assert all(warning.startswith(word) for warning, word in zip(found, words, strict=True))
