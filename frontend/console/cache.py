"""What the caches hold, and making them forget."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console.asking import change, gaps, look, refreshed, rehearsed
from console.tables import percent, table
from plain import plain

PATH = "/internal/cache/invalidate"
TIERS = {"l1": "memory", "l2": "Redis"}
SELECTORS = {
    "operation": "Operation",
    "domain": "Domain",
    "tag": "Tag",
    "key_prefix": "Key prefix",
    "all": "Everything",
}


def draw(policies: Sequence[str]) -> None:
    refreshed(_tiers)
    st.subheader("Forget answers")
    selector = _selector(policies)
    with st.container(horizontal=True):
        counted = rehearsed("Count them", lambda api, body: api.post(PATH, body), selector)
        if counted and st.button("Forget them", icon=":material/delete:"):
            _forget(selector)
    if counted:
        found = ", ".join(f"{_number(count)} in {TIERS[tier]}" for tier, count in counted["removed"].items())
        st.info(f"{found}, counted by {plain(', '.join(counted['applied']))}. Nothing is forgotten yet.")
        gaps(counted)


def _tiers() -> None:
    answer = look("/internal/cache/status")
    gaps(answer)
    table([_row(tier) for tier in answer["tiers"]], "No tier answered.")


def _row(tier: Mapping[str, Any]) -> dict[str, Any]:
    lookups = {name.capitalize(): tier["lookups"].get(name, 0) for name in ("hit", "miss", "stale", "error")}
    return {
        "Tier": TIERS[tier["tier"]].capitalize(),
        "State": tier["state"],
        "Answers": tier["entries"],
        "Bytes": tier["used_memory"] if tier["bytes"] is None else tier["bytes"],
        "Hit rate": percent(tier["hit_rate"]),
        **lookups,
        "Evictions": tier["evictions"],
    }


def _selector(policies: Sequence[str]) -> dict[str, Any]:
    kind = st.radio("Which answers", list(SELECTORS), format_func=SELECTORS.__getitem__, horizontal=True)
    match kind:
        case "all":
            return {kind: True}
        case "operation":
            return {kind: st.selectbox(SELECTORS[kind], policies)}
        case "domain":
            return {kind: st.selectbox(SELECTORS[kind], sorted({name.partition(".")[0] for name in policies}))}
        case _:
            return {kind: st.text_input(SELECTORS[kind])}


@st.dialog("Forget answers")
def _forget(selector: Mapping[str, Any]) -> None:
    [(kind, value)] = selector.items()
    which = "everything" if kind == "all" else f"the answers of {SELECTORS[kind].lower()} {value}"
    st.write(f"Every instance forgets {plain(which)}. The next equal question asks the model again.")
    if st.button("Forget", type="primary"):
        change(f"Forgot {which}", lambda api: api.post(PATH, selector))


def _number(count: int | None) -> str:
    return "an unknown number" if count is None else f"{count:,}"
