"""The numbers an operator may set by hand, as JSON, and within which bounds."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .presets import STRATEGIES, Numbers, StrategyName

NUMBER_NAMES = frozenset(field.name for field in fields(Numbers))
MAX_ERRORS = 20
"""So that a hostile config does not make an answer many times its own size."""


def _as_written(schema: dict[str, Any]) -> None:
    """A key is left out rather than null, and one must be there: pydantic cannot know either."""
    for field in schema["properties"].values():
        field.pop("default")
        field.update(field.pop("anyOf")[0])
    schema["minProperties"] = 1


class CustomConfig(BaseModel):
    """Overrides of the preset: at least one key, each within its bounds; times are in seconds.

    `operation_overrides` maps `domain.operation`, or the operation alone where that is unique, to a strategy.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, json_schema_extra=_as_written
    )

    retry_attempts: int | None = Field(None, ge=1, le=10)
    circuit_breaker_threshold: int | None = Field(None, ge=1, le=20)
    recovery_timeout: float | None = Field(None, ge=10, le=300)
    default_strategy: StrategyName | None = None
    operation_overrides: dict[str, StrategyName] | None = None
    exponential_multiplier: float | None = Field(None, ge=0.1, le=5)
    exponential_min: float | None = Field(None, ge=0.5, le=10)
    exponential_max: float | None = Field(None, ge=5, le=120)
    jitter_enabled: bool | None = None
    jitter_max: float | None = Field(None, ge=0.1, le=10)
    max_delay_seconds: float | None = Field(None, ge=5, le=600)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("leave the key out instead of null")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> "CustomConfig":
        if not self.model_fields_set:
            raise ValueError(f"set at least one of {', '.join(type(self).model_fields)}")
        # Without a strategy only a pair of delays can contradict itself: either of them alone agrees with critical.
        replace(STRATEGIES[self.default_strategy or "critical"], **self.numbers())
        return self

    def numbers(self) -> dict[str, Any]:
        """The fields of `Numbers` that are set; jitter switched off is a `jitter_max` of 0."""
        found = self.model_dump(include=set(NUMBER_NAMES), exclude_unset=True)
        return found | {"jitter_max": 0.0} if self.jitter_enabled is False else found


class InvalidConfig(ValueError):
    """A custom config that cannot be used; `errors` has one sentence for each fault, at most `MAX_ERRORS`."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)


def parse_custom(json_text: str) -> CustomConfig:
    """Raises `InvalidConfig` naming each wrong field and what is allowed there."""
    return check_custom(read_json(json_text))


def read_json(json_text: str) -> object:
    """What the text says; unlike `json.loads` it knows no NaN, no key twice and no number without end."""
    try:
        return json.loads(json_text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise InvalidConfig(["The custom config is nested too deeply."]) from error
    except ValueError as error:
        raise InvalidConfig([f"The custom config is not JSON: {error}"]) from error


def check_custom(data: object) -> CustomConfig:
    """The config that a JSON value stands for. Raises `InvalidConfig`."""
    if not isinstance(data, dict):
        raise InvalidConfig(["The custom config must be a JSON object."])
    try:
        return CustomConfig.model_validate(data)
    except ValidationError as error:
        raise InvalidConfig(_sentences(error)) from error


def warnings(config: CustomConfig, environment: str) -> list[str]:
    """What is allowed but seldom meant, judged by the keys that are set."""
    attempts, threshold, delay = config.retry_attempts, config.circuit_breaker_threshold, config.max_delay_seconds
    strategies = {config.default_strategy, *(config.operation_overrides or {}).values()}
    found = []
    if delay and attempts and delay < 2 * attempts:
        found.append(f"max_delay_seconds {delay:g} leaves less than 2 s for each of {attempts} attempts.")
    if threshold and threshold < 3:
        found.append(f"circuit_breaker_threshold {threshold} opens the breaker on passing trouble; take 3 or more.")
    if attempts and attempts > 7:
        found.append(f"retry_attempts {attempts} keeps callers waiting; take 7 or fewer.")
    if attempts and threshold and attempts > threshold:
        found.append(f"retry_attempts {attempts} > circuit_breaker_threshold {threshold}: one call opens the breaker.")
    if environment == "production" and "aggressive" in strategies:
        found.append("aggressive gives up early for production; take conservative or critical.")
    return found


def _sentences(error: ValidationError) -> list[str]:
    """What pydantic found, each as `field: what is wrong`."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    more = len(details) - MAX_ERRORS
    return [*map(_sentence, details[:MAX_ERRORS]), *([f"and {more} more faults"] if more > 0 else [])]


def _sentence(detail: Any) -> str:
    field = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{field}: unknown key; allowed are {', '.join(CustomConfig.model_fields)}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(key for key, _ in pairs)
    if twice := [key for key, count in counts.items() if count > 1]:
        raise ValueError(f"it says {', '.join(twice)} more than once")
    return dict(pairs)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number there")
