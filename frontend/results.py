"""An answer: the result drawn by its schema, and the facts about it in words."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from catalogue import Operation
from forms import Schema, resolved
from plain import plain

Color = Literal["green", "blue", "orange", "violet", "gray"]
SOURCES: dict[str, tuple[str, Color, str | None]] = {
    "model": ("From the model", "green", ":material/neurology:"),
    "cache": ("From the cache", "blue", ":material/bolt:"),
    "stale": ("Old answer", "orange", ":material/history:"),
    "offline": ("Made without a model", "violet", ":material/cloud_off:"),
}


@dataclass(frozen=True)
class Answer:
    """A reply with the request that it answers; times in seconds as the front end saw them."""

    operation: Operation
    body: dict[str, Any]
    reply: dict[str, Any]
    seconds: float
    first_words: float | None = None


def show(answer: Answer) -> None:
    """The result with its badges and figures."""
    st.subheader(plain(answer.operation.name))
    _badges(answer.reply)
    with st.container(border=True):
        draw(answer.reply["result"], answer.operation.result_schema)
    _figures(answer)


def draw(result: Any, schema: Schema) -> None:
    """A verdict as a meter, a list as a list, words as words, anything else as a table."""
    match result:
        case str():
            st.text(result, width="stretch")
        case dict() if measured := _verdict(schema):
            _meter(result, *measured)
        case [str(), *_] if all(isinstance(item, str) for item in result):
            st.markdown("\n".join(f"1. {plain(item)}" for item in result))
        case [dict(), *_] if all(isinstance(row, dict) for row in result):
            names = list(dict.fromkeys(name for row in result for name in row))
            st.table({_title(name): [plain(cell(row.get(name))) for row in result] for name in names}, hide_index=True)
        case dict():
            names = [f"**{_title(name)}**" for name in result]
            st.table(
                {"": names, " ": [plain(cell(value)) for value in result.values()]}, hide_index=True, hide_header=True
            )
        case _:
            st.text(cell(result))


def cell(value: Any) -> str:
    """A value in the words of a table's cell."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case list() if all(isinstance(item, str) for item in value):
            return "; ".join(value)
        case dict():
            return "; ".join(f"{name}: {cell(part)}" for name, part in value.items())
        case _:
            return json.dumps(value, ensure_ascii=False)


def _verdict(schema: Schema) -> tuple[str, list[str], str] | None:
    """The name and choices of the one enumeration, and the name of the one number from 0 to 1, if it has both."""
    fields = {name: resolved(spec, schema) for name, spec in schema.get("properties", {}).items()}
    enumerations = [name for name, spec in fields.items() if "enum" in spec]
    shares = [name for name, spec in fields.items() if (spec.get("minimum"), spec.get("maximum")) == (0, 1)]
    if len(enumerations) == 1 and len(shares) == 1:
        return enumerations[0], fields[enumerations[0]]["enum"], shares[0]
    return None


def _meter(result: dict[str, Any], verdict: str, choices: list[str], share: str) -> None:
    with st.container(horizontal=True):
        for choice in choices:
            chosen = choice == result[verdict]
            label = plain(str(choice).capitalize())
            st.badge(label, icon=":material/check:" if chosen else None, color="primary" if chosen else "gray")
    if (measured := result[share]) is not None:
        st.progress(float(measured), f"{_title(share)}: {measured:.0%}")
    for name, value in result.items():
        if name not in (verdict, share):
            st.text(cell(value), width="stretch")


def _badges(reply: dict[str, Any]) -> None:
    words, color, icon = SOURCES.get(reply["source"], (plain(reply["source"]), "gray", None))
    with st.container(horizontal=True):
        st.badge(words, color=color, icon=icon)
        if reply["cache_hit"] and reply["source"] != "cache":
            st.badge("Kept in the cache", color="blue", icon=":material/bolt:")
        if reply["degraded"]:
            st.badge("Stands in for the model", color="orange", icon=":material/warning:")
    if reply["degraded"]:
        reason = plain(reply["degraded_reason"] or "unknown")
        st.caption(f"The model could not answer ({reason}), so this answer takes its place. It is not kept.")


def _figures(answer: Answer) -> None:
    usage = answer.reply["usage"]
    cost = "unknown" if usage["cost_usd"] is None else f"${usage['cost_usd']:.6f}".rstrip("0").rstrip(".")
    figures = {"Cost": cost, "Time": f"{answer.seconds:.3f} s"}
    if answer.first_words is not None:
        figures["First words after"] = f"{answer.first_words:.3f} s"
    figures["Tokens in, out"] = f"{usage['input_tokens']}, {usage['output_tokens']}"
    figures["Model"] = answer.reply["model"]
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, plain(value), width="content")
    st.caption("Request id")
    st.code(answer.reply["request_id"], language=None)


def _title(name: str) -> str:
    return plain(name.replace("_", " ").capitalize())
