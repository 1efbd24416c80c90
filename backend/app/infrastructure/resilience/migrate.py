"""From the fifteen former variables to a preset and the few numbers that differ from it."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import ValidationError

from .closeness import closeness, mean
from .custom import CustomConfig
from .policies import Policies
from .presets import PRESETS, STRATEGIES
from .validation import validate

Format = Literal["shell", "env", "compose"]

FIELDS: Mapping[str, str] = {
    "DEFAULT_RESILIENCE_STRATEGY": "default_strategy",
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": "circuit_breaker_threshold",
    "CIRCUIT_BREAKER_RECOVERY_TIMEOUT": "recovery_timeout",
    "RETRY_MAX_ATTEMPTS": "retry_attempts",
    "RETRY_MAX_DELAY": "max_delay_seconds",
    "RETRY_EXPONENTIAL_MULTIPLIER": "exponential_multiplier",
    "RETRY_EXPONENTIAL_MIN": "exponential_min",
    "RETRY_EXPONENTIAL_MAX": "exponential_max",
    "RETRY_JITTER_ENABLED": "jitter_enabled",
    "RETRY_JITTER_MAX": "jitter_max",
}
"""What a former variable is called in a custom config; besides them every operation had a strategy of its own."""

_OPERATION = re.compile(r"([A-Z][A-Z0-9_]{0,60})_RESILIENCE_STRATEGY")
_FORMER_DEFAULTS = "simple"
"""The preset whose numbers a former variable had while it was not set."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting, as it was and as it would be without an override: None where nothing would be said."""

    setting: str
    was: Any
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Migration:
    """`score` says from 0 to 1 how near the preset is; `overrides` is None when it says it all.

    `problems` name the variables that could not be taken over; differences that do not fit together give no overrides.
    """

    found: Mapping[str, str]
    preset: str
    score: float
    overrides: CustomConfig | None
    differences: tuple[Difference, ...]
    problems: tuple[str, ...]

    def lines(self, form: Format) -> list[str]:
        """The settings that replace the former variables; none when there is nothing to migrate."""
        if not self.found:
            return []
        settings = {"RESILIENCE_PRESET": self.preset}
        if self.overrides:
            overrides = {difference.setting: difference.was for difference in self.differences}
            settings["RESILIENCE_CUSTOM_CONFIG"] = json.dumps(overrides, separators=(",", ":"))
        match form:
            case "shell":
                exports = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
                return [f"unset {' '.join(self.found)}", *exports]
            case "env":
                return [f"{name}={value}" for name, value in settings.items()]
            case "compose":
                return ["environment:", *(f"  {name}: '{value}'" for name, value in settings.items())]


def detect(environ: Mapping[str, str | None]) -> dict[str, str]:
    """The former variables that are set, with their values."""
    stripped = {name: value.strip() for name, value in environ.items() if value and _is_former(name)}
    return {name: value for name, value in sorted(stripped.items()) if value}


def legacy_warning(environ: Mapping[str, str | None]) -> str | None:
    """What to log at start when former variables are set: they change nothing any more."""
    if not (found := detect(environ)):
        return None
    return f"No longer read: {', '.join(found)}. `make migrate-config` prints the settings that replace them."


def migrate(environ: Mapping[str, str | None], policies: Policies) -> Migration:
    """The nearest preset and what differs from it, checked against the declared policies."""
    found = detect(environ)
    config, problems = _read(found, policies)
    preset, score = _nearest(config)
    differences = _differences(config, preset)
    overrides = {difference.setting: difference.was for difference in differences}
    checked = validate(overrides, policies, "development", preset) if overrides else None
    problems += checked.errors if checked else ()
    if found and environ.get("RESILIENCE_CUSTOM_CONFIG"):
        problems.append("RESILIENCE_CUSTOM_CONFIG is set already: join the new line and the old by hand")
    usable = CustomConfig(**overrides) if checked and checked.is_valid else None
    return Migration(found, preset, score, usable, differences, tuple(problems))


def _is_former(name: str) -> bool:
    return name in FIELDS or _OPERATION.fullmatch(name) is not None


def _read(found: Mapping[str, str], policies: Policies) -> tuple[dict[str, Any], list[str]]:
    """The good values as keys of a custom config, and a sentence for each bad one."""
    config: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    problems = []
    operations = {name.rpartition(".")[2] for name in policies}
    for variable, text in found.items():
        field = FIELDS.get(variable, "default_strategy")
        operation = None if variable in FIELDS else variable.removesuffix("_RESILIENCE_STRATEGY").lower()
        if operation and operation not in operations:
            problems.append(f"{variable}: there is no operation {operation}")
            continue
        try:
            value = getattr(CustomConfig.model_validate_strings({field: text.lower()}, strict=False), field)
        except ValidationError as error:
            problems.append(f"{variable}={text[:60]!r}: {error.errors()[0]['msg']}")
            continue
        (overrides if operation else config)[operation or field] = _whole(value)
    return config | ({"operation_overrides": overrides} if overrides else {}), problems


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _nearest(config: Mapping[str, Any]) -> tuple[str, float]:
    former = _named_by(_FORMER_DEFAULTS)
    given = {key: config.get(key, value) for key, value in former.items()}
    scores = {name: mean(closeness(given, _named_by(name))) for name in PRESETS}
    best = max(scores, key=scores.__getitem__)
    return best, round(scores[best], 2)


def _named_by(preset: str) -> dict[str, Any]:
    return {key: value for key, value in asdict(PRESETS[preset]).items() if key != "description"}


def _differences(config: Mapping[str, Any], preset: str) -> tuple[Difference, ...]:
    named = _named_by(preset)
    strategy = asdict(STRATEGIES[config.get("default_strategy", named["default_strategy"])])
    otherwise = strategy | named | {"jitter_enabled": True, "operation_overrides": None}
    return tuple(Difference(key, was, otherwise[key]) for key, was in config.items() if was != otherwise[key])
