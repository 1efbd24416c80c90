"""A form for whatever a JSON schema describes. This file never learns an operation's name."""

import json
from typing import Any

import streamlit as st

from plain import plain

Schema = dict[str, Any]
WIDEST_SLIDER = 100
"""Steps of a slider that a hand can still hit; wider ranges are typed."""
MOST_EXACT = 2**53 - 1
"""A browser keeps no whole number beyond it exactly."""


def form(schema: Schema, key: str) -> dict[str, Any]:
    """Draw a field for each property and return what was chosen; what was left empty is left out."""
    required = set(schema.get("required", ()))
    chosen = {}
    for name, spec in schema.get("properties", {}).items():
        value = _field(name, resolved(spec, schema), name in required, f"{key}.{name}")
        if value is not None:
            chosen[name] = value
    return chosen


def resolved(spec: Schema, root: Schema) -> Schema:
    """The schema behind references, and the one branch of an optional value that is not null."""
    if "$ref" in spec:
        target = root
        for step in spec["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved({**target, **{name: value for name, value in spec.items() if name != "$ref"}}, root)
    branches = [branch for branch in spec.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        outer = {name: value for name, value in spec.items() if name != "anyOf"}
        return resolved({**branches[0], **outer}, root)
    return spec


def from_json(written: str) -> Any:
    """The value of a JSON text; ValueError when it is none, or one that could not be sent on."""
    try:
        value = json.loads(written)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _field(name: str, spec: Schema, required: bool, key: str) -> Any:
    label = name.replace("_", " ").capitalize() + (" (required)" if required else "")
    common: dict[str, Any] = {
        "key": key,
        "help": plain(spec.get("description", "")) or None,
        "persist_state": "session",
    }
    default = spec.get("default")
    match spec:
        case {"const": value}:
            return value
        case {"enum": choices}:
            index = choices.index(default) if default in choices else 0 if required else None
            return st.selectbox(label, choices, index, format_func=str, **common)
        case {"type": "boolean"}:
            return st.toggle(label, bool(default), **common)
        case {"type": "integer" | "number"}:
            return _number(label, spec, required, common)
        case {"type": "string"}:
            hint = ", ".join(map(str, spec.get("examples", ())))
            limit = spec.get("maxLength")
            return st.text_input(label, default or "", limit, placeholder=hint or None, **common) or None
        case {"type": "array", "items": {"enum": choices}}:
            return st.multiselect(label, choices, default, **common) or default
        case {"type": "array", "items": {"type": "string"}}:
            lines = st.text_area(f"{label}, one a line", "\n".join(default or ()), **common)
            return [line.strip() for line in lines.splitlines() if line.strip()] or default
        case _:
            return _json(label, default, common)


def _number(label: str, spec: Schema, required: bool, common: dict[str, Any]) -> int | float | None:
    whole = spec["type"] == "integer"
    kind = int if whole else float
    inside = 1 if whole else 0  # the service refuses the bound itself where a fraction may not reach it
    least = spec["exclusiveMinimum"] + inside if "exclusiveMinimum" in spec else spec.get("minimum")
    most = spec["exclusiveMaximum"] - inside if "exclusiveMaximum" in spec else spec.get("maximum")
    least, most, default = (_held(number, kind) for number in (least, most, spec.get("default")))
    step = kind(spec.get("multipleOf", 1 if whole else 0.01))
    if least is not None and most is not None and default is not None and (most - least) / step <= WIDEST_SLIDER:
        chosen: int | float = st.slider(label, least, most, default, step, **common)
        return chosen
    start = least if default is None and required else default
    return st.number_input(label, least, most, start, step=step, **common)


def _held(number: float | None, kind: type[int] | type[float]) -> int | float | None:
    """The number, unless the browser could not hold it: then the service applies its bound or its default alone."""
    return None if number is None or (kind is int and abs(number) > MOST_EXACT) else kind(number)


def _json(label: str, default: Any, common: dict[str, Any]) -> Any:
    written = st.text_area(f"{label}, as JSON", "" if default is None else json.dumps(default), **common)
    if not written.strip():
        return None
    try:
        return from_json(written)
    except ValueError as error:
        st.error(f"{label} is not JSON: {plain(str(error))}", icon=":material/error:")
        st.stop()
