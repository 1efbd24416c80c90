"""Every string, list and number that the OpenAPI documents name has a bound."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.doors import documents

FINITE = {"enum", "const"}
FORMATS = {"date-time", "date", "uuid"}
"""Strings whose format bounds them."""


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """The places below a schema where a value may be as large as it likes."""
    if not isinstance(schema, dict):
        return
    if not _bounded(schema):
        yield f"{place}: {schema['type']}"
    for word in ("anyOf", "oneOf", "allOf"):
        for index, one in enumerate(schema.get(word, [])):
            yield from unbounded(one, f"{place}.{word}[{index}]")
    for name, one in schema.get("properties", {}).items():
        yield from unbounded(one, f"{place}.{name}")
    for word in ("items", "additionalProperties"):
        yield from unbounded(schema.get(word), f"{place}.{word}")
    if "propertyNames" in schema:
        yield from unbounded({"type": "string"} | schema["propertyNames"], f"{place} (names)")


def _bounded(schema: dict[str, Any]) -> bool:
    words = set(schema)
    if words & FINITE:
        return True
    match schema.get("type"):
        case "string":
            return "maxLength" in words or schema.get("format") in FORMATS
        case "array":
            return "maxItems" in words
        case "integer" | "number":
            return bool(words & {"minimum", "exclusiveMinimum"}) and bool(words & {"maximum", "exclusiveMaximum"})
        case _:
            return True


def schemas(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from document["components"]["schemas"].items()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method} {path}"
            for parameter in operation.get("parameters", []):
                yield f"{place} ?{parameter['name']}", parameter["schema"]
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for kind, content in part.get("content", {}).items():
                    yield f"{place} {kind}", content.get("schema")


@pytest.mark.parametrize("door", ["public", "internal"])
def test_nothing_is_as_large_as_it_likes(door: str) -> None:
    found = [one for place, schema in schemas(documents()[door]) for one in unbounded(schema, place)]
    assert found == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "pattern": "^a*$"},
        {"type": "array", "items": {"type": "boolean"}},
        {"type": "array", "maxItems": 3, "items": {"type": "string"}},
        {"type": "integer", "minimum": 0},
        {"type": "number", "maximum": 0},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"type": "object", "properties": {"a": {"type": "number"}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "propertyNames": {"minLength": 1}},
    ],
)
def test_what_has_no_bound_is_found(schema: dict[str, Any]) -> None:
    assert len(list(unbounded(schema, ""))) == 1
