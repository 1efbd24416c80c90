"""Fills a JSON schema with values that validate, as an obedient model would."""

import re
from collections.abc import Mapping
from typing import Any

_FIXED = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "a@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_NOTED = re.compile(r"\b(\w+)(?:: |=)(-?\d+(?:\.\d+)?)\b")


def fill(schema: Mapping[str, Any], text: str, defs: Mapping[str, Any] | None = None) -> Any:
    """A value for the schema; `text` stands wherever words are wanted."""
    defs = schema.get("$defs", {}) if defs is None else defs
    if ref := schema.get("$ref"):
        return fill(defs[ref.rsplit("/", 1)[1]], text, defs)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return fill(schema[union][0], text, defs)
    bounds = {**_noted(schema), **schema}
    match schema.get("type"):
        case "object":
            return {name: fill(part, text, defs) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [fill(schema.get("items", {}), text, defs)] * max(1, int(bounds.get("minItems", 1)))
        case "integer" | "number" as kind:
            return _number(bounds, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
    return _string(bounds, text)


def _noted(schema: Mapping[str, Any]) -> dict[str, float]:
    """Some SDKs move bounds that their provider does not take into the description."""
    return {name: float(value) for name, value in _NOTED.findall(schema.get("description", ""))}


def _number(bounds: Mapping[str, Any], *, whole: bool) -> float:
    step = 1 if whole else 0.01
    low = bounds.get("minimum", bounds.get("exclusiveMinimum", -step) + step)
    high = bounds.get("maximum", bounds.get("exclusiveMaximum", low + 2) - step)
    middle = (low + high) / 2
    return int(middle) if whole else middle


def _string(bounds: Mapping[str, Any], text: str) -> str:
    if bounds.get("format") in _FIXED:
        return _FIXED[bounds["format"]]
    return text.ljust(int(bounds.get("minLength", 0)), ".")[: int(bounds.get("maxLength", len(text) + 1000))]
