"""What should worry somebody now, and what did in the last day."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console.asking import gaps, look, refreshed
from console.tables import clock, lasting, table
from plain import plain


def draw(_: Sequence[str]) -> None:
    refreshed(_alerts)


def _alerts() -> None:
    overview = look("/internal/monitoring/overview")
    past = look("/internal/resilience/monitoring/alerts")["past"]
    gaps(overview)
    for one in overview["alerts"]:
        _alert(one)
    if not overview["alerts"]:
        st.success("Nothing worries the fleet.", icon=":material/check:")
    if past:
        st.subheader("The last day")
        table([_event(one) for one in past], "")


def _alert(one: Mapping[str, Any]) -> None:
    critical = one["severity"] == "critical"
    show, icon = (st.error, "error") if critical else (st.warning, "warning")
    since = f"since {clock(one['since'])}, {lasting(time.time() - one['since'])}"
    show(f"**{plain(_name(one))}**, {since}. {plain(one['hint'])}", icon=f":material/{icon}:")
    instances = plain(", ".join(one["instances"]))
    st.caption(f"The value is {one['value']:.3g}; it worries from {one['threshold']:.3g}. Seen by {instances}.")


def _event(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"At": clock(one["at"]), "Alert": _name(one), "What": one["what"], "Instance": one["instance"]}


def _name(one: Mapping[str, Any]) -> str:
    words = one["name"].replace("_", " ")
    return f"{words}: {one['subject']}" if one["subject"] else words
