"""One answer for every kind of check of a custom config: what is wrong, what is doubtful, what was probably meant."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.core.schemas import Sentences

from .custom import CustomConfig, InvalidConfig, check_custom, read_json, warnings
from .policies import Policies

LONGEST_SENTENCE = 1000
MOST_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Validation:
    """Sentences for an operator; `is_valid` means that there are no errors, whatever the warnings."""

    is_valid: bool
    errors: Sentences = ()
    warnings: Sentences = ()
    suggestions: Sentences = ()


def refused(errors: Iterable[str], suggestions: Iterable[str] = ()) -> Validation:
    return Validation(False, tuple(map(printable, errors)), suggestions=tuple(map(printable, suggestions)))


def validate(config: object, policies: Policies, environment: str, preset: str | None = None) -> Validation:
    """Check a JSON value: valid is what `policies.apply` would put into force, with that preset or the running one."""
    try:
        custom = check_custom(config)
        policies.plan(preset, custom)
    except InvalidConfig as error:
        return refused(error.errors, _near_misses(config, policies))
    except ValueError as error:
        return refused([str(error)], _near_misses(config, policies))
    return Validation(True, warnings=tuple(warnings(custom, environment)))


def validate_json(text: str, policies: Policies, environment: str, preset: str | None = None) -> Validation:
    """The same for JSON text, as RESILIENCE_CUSTOM_CONFIG holds it."""
    try:
        config = read_json(text)
    except InvalidConfig as error:
        return refused(error.errors)
    return validate(config, policies, environment, preset)


def _near_misses(config: Any, policies: Policies) -> Iterator[str]:
    if not isinstance(config, dict):
        return
    yield from _meant(config, list(CustomConfig.model_fields))
    overrides = config.get("operation_overrides")
    if isinstance(overrides, dict):
        yield from _meant(overrides, [*policies, *(name.rpartition(".")[2] for name in policies)])


def _meant(written: dict[Any, Any], known: list[str]) -> Iterator[str]:
    strange = [key for key in written if isinstance(key, str) and len(key) <= 60 and key not in known]
    for key in strange[:MOST_SUGGESTIONS]:
        if near := get_close_matches(key, known, n=1):
            yield f"{key}: did you mean {near[0]}?"


def printable(sentence: str) -> str:
    """Cut and escaped: JSON can spell line ends, terminal commands and halves of characters."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in sentence[:LONGEST_SENTENCE])
