"""The circuit breakers: how they are, closing one, holding one open."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from console.asking import BREAKERS, change, gaps, look, refreshed
from console.tables import lasting, milliseconds, percent, table

WORDS = {"open": "open", "half_open": "probing", "closed": "closed", None: "unknown"}


def draw(policies: Sequence[str]) -> None:
    refreshed(_breakers)
    if not policies:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Breaker", policies, width=320)
        if st.button("Reset", icon=":material/restart_alt:"):
            _reset(name)
        if st.button("Hold open", icon=":material/pause_circle:"):
            _hold_open(name)


def _breakers() -> None:
    answer = look(BREAKERS)
    gaps(answer)
    table([_row(report) for report in answer["policies"].values()], "No operation is installed.")


def _row(report: dict[str, Any]) -> dict[str, Any]:
    total, instances = report["total"], report["instances"]
    remaining = max((one["open_remaining"] for one in instances.values()), default=0)
    return {
        "Breaker": report["name"],
        "State": WORDS[report["state"]],
        "Not closed in": ", ".join(one for one, told in instances.items() if told["state"] != "closed") or None,
        "Probes in": lasting(remaining) if remaining else None,
        "Calls": total["calls"],
        "Failures": total["failures"],
        "Rejected": total["rejected"],
        "Success": percent(total["success_rate"]),
        "p95": milliseconds(total["p95"]),
    }


@st.dialog("Reset a breaker")
def _reset(name: str) -> None:
    st.write(f"`{name}` closes in every instance, and the next call asks the model again.")
    if st.button("Reset it", type="primary"):
        change(f"Reset {name}", lambda api: api.post(f"{BREAKERS}/{name}/reset", None))


@st.dialog("Hold a breaker open")
def _hold_open(name: str) -> None:
    st.write(f"In every instance, calls of `{name}` are refused at once or answered by a stand-in.")
    seconds = st.number_input("Seconds", 1, 86_400, 600)
    reason = st.text_input("Reason", max_chars=500, help="The audit log keeps it, with the caller.")
    if st.button("Hold it open", type="primary"):
        body = {"seconds": seconds, "reason": reason}
        change(f"Held {name} open for {seconds} s", lambda api: api.post(f"{BREAKERS}/{name}/force-open", body))
