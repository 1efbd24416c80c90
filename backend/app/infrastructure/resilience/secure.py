"""Custom configs from people who may mean harm: the plain validation, and limits that no honest config meets."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.core.schemas import Names

from .custom import CustomConfig
from .policies import Policies
from .validation import Validation, printable, refused, validate


@dataclass(frozen=True, slots=True)
class Limits:
    """`bytes` of compact JSON, `string` in characters, `properties` of one object; the config itself is depth 1."""

    bytes: int = 4096
    string: int = 200
    array: int = 20
    properties: int = 50
    depth: int = 10


@dataclass(frozen=True, slots=True)
class FieldWhitelist:
    """Which keys of a config are `allowed` and which, cut short, `unknown`; `fields` are the JSON schemas of all."""

    is_valid: bool
    allowed: Names
    unknown: Names
    fields: Mapping[str, Any]


LIMITS = Limits()
LONGEST_NAME = 200
FORBIDDEN: Mapping[str, str] = {
    "markup": r"[<>]|&#?\w{1,32};|(?:javascript|vbscript|data):",
    "template": r"[{}`]|\$\(",
    "path": r"\.\.|[/\\~\x00]|%[0-9a-f]{2}",
}
"""What no key and no value may contain, whatever the case and the width of its letters."""

_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in FORBIDDEN.items()}


def security_config() -> dict[str, Any]:
    """The limits and the patterns, as data."""
    return {"limits": asdict(LIMITS), "forbidden": dict(FORBIDDEN)}


def validate_secure(config: object, policies: Policies, environment: str, preset: str | None = None) -> Validation:
    """`validate`, and the limits on top of it; takes time in proportion to the config, whatever it holds."""
    plain = validate(config, policies, environment, preset)
    faults = list(dict.fromkeys(_faults(config)))
    return refused([*faults, *plain.errors], plain.suggestions) if faults else plain


def field_whitelist(config: Mapping[str, object]) -> FieldWhitelist:
    """Look at the keys alone."""
    fields = CustomConfig.model_json_schema()["properties"]
    unknown = tuple(printable(key)[:LONGEST_NAME] for key in config if key not in fields)
    return FieldWhitelist(not unknown, tuple(key for key in config if key in fields), unknown, fields)


def _faults(config: object) -> Iterator[str]:
    """Walks without recursion and no further than the limits, so that size and depth cost nothing."""
    parts, pending = 0, [(config, 1)]
    while pending:
        value, depth = pending.pop()
        parts += 1
        if parts > LIMITS.bytes:
            yield f"more than {LIMITS.bytes} bytes"
            return
        if isinstance(value, dict | list):
            if depth > LIMITS.depth:
                yield f"nested deeper than {LIMITS.depth}"
                return
            pending += [(child, depth + 1) for child in (*value, *_values(value))]
        yield from _faults_of(value)
    text = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
    if (size := len(text.encode("utf-8", "surrogatepass"))) > LIMITS.bytes:
        yield f"{size} bytes; at most {LIMITS.bytes}"


def _values(value: dict[Any, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else ()


def _faults_of(value: object) -> Iterator[str]:
    match value:
        case dict() if len(value) > LIMITS.properties:
            yield f"an object of {len(value)} properties; at most {LIMITS.properties}"
        case list() if len(value) > LIMITS.array:
            yield f"an array of {len(value)} elements; at most {LIMITS.array}"
        case str() if len(value) > LIMITS.string:
            yield f"a string of {len(value)} characters; at most {LIMITS.string}"
        case str():
            folded = unicodedata.normalize("NFKC", value)
            yield from (f"{kind} pattern in {value}" for kind, found in _PATTERNS.items() if found.search(folded))
