"""As much of JSON Schema as our OpenAPI documents use, to hold answers against them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
KNOWN = {"$ref", "anyOf", "oneOf", "discriminator", "type", "enum", "const", "format", "pattern"}
KNOWN |= {
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
}
KNOWN |= {"properties", "required", "additionalProperties", "items", "maxProperties", "propertyNames"}
KNOWN |= {"title", "description", "default", "examples"}


def mismatches(value: Any, schema: dict[str, Any], document: dict[str, Any], place: str = "") -> Iterator[str]:
    """Where and how a value differs from its schema; ValueError for a keyword that this module does not know."""
    if unknown := set(schema) - KNOWN:
        raise ValueError(f"{place}: unknown keywords {unknown}")
    if "$ref" in schema:
        yield from mismatches(
            value, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, place
        )
    for word in ("anyOf", "oneOf"):
        if word in schema and all(any(mismatches(value, one, document, place)) for one in schema[word]):
            yield f"{place}: {value!r} fits none of {word}"
    if "type" in schema and not _is(value, schema["type"]):
        yield f"{place}: {value!r} is no {schema['type']}"
        return
    yield from _bounds(value, schema, place)
    if isinstance(value, dict):
        yield from _fields(value, schema, document, place)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from mismatches(item, schema.get("items", {}), document, f"{place}[{index}]")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _bounds(value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{place}: {value!r} is not allowed"
    if isinstance(value, (int, float)):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        above, below = schema.get("exclusiveMinimum", value - 1), schema.get("exclusiveMaximum", value + 1)
        if not (low <= value <= high and above < value < below):
            yield f"{place}: {value!r} is out of bounds"
    if isinstance(value, str):
        if schema.get("format") == "date-time":
            datetime.fromisoformat(value)
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{place}: {value!r} does not match {schema['pattern']}"
    for word, kind in (("Length", str), ("Items", list), ("Properties", dict)):
        if isinstance(value, kind):
            size = len(value)
            if not schema.get(f"min{word}", size) <= size <= schema.get(f"max{word}", size):
                yield f"{place}: {size} is out of bounds"


def _fields(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], place: str) -> Iterator[str]:
    fields, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    if "type" in schema and not fields and others is True:
        return
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}: {name} is missing"
    for name, item in value.items():
        inner = fields.get(name, others if isinstance(others, dict) else None)
        if inner is not None:
            yield from mismatches(item, inner, document, f"{place}.{name}")
        elif fields:
            yield f"{place}: {name} is not documented"
