"""How hard the fleet tries: what is in force, and putting another preset into force."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from api import Refused, Unreachable
from console.asking import change, gaps, look, refreshed, refused, rehearsed
from console.tables import clock, table
from plain import plain

PATH = "/internal/resilience/config"
NUMBERS = {
    "retry_attempts": "Attempts",
    "circuit_breaker_threshold": "Opens after",
    "recovery_timeout": "Probes after",
    "max_delay_seconds": "All waits",
    "exponential_multiplier": "Factor",
    "exponential_min": "Least wait",
    "exponential_max": "Longest wait",
    "jitter_max": "Jitter",
}
LASTING = {"15 minutes": 900, "1 hour": 3600, "8 hours": 28_800, "1 day": 86_400, "for good": None}
SETTINGS_AGAIN = "what the settings say"


def draw(_: Sequence[str]) -> None:
    refreshed(_wanted)
    st.subheader("Put into force")
    _putting_into_force()
    st.subheader("Numbers in force")
    refreshed(_in_force)


def _wanted() -> None:
    answer = look(PATH)
    gaps(answer)
    table([_instance(name, told) for name, told in answer["instances"].items()], "No instance answered.")


def _putting_into_force() -> None:
    try:
        presets = look(f"{PATH}/presets")["presets"]
    except (Refused, Unreachable) as error:
        refused(error)
        return
    table([_preset(one) for one in presets], "There are no presets.")
    wish = _wish([one["name"] for one in presets])
    with st.container(horizontal=True):
        planned = rehearsed("Try it out", lambda api, body: api.put(PATH, body), wish)
        if planned and st.button("Put into force", icon=":material/publish:"):
            _put_into_force(wish)
    if planned:
        for warning in planned["warnings"]:
            st.warning(plain(warning))
        st.info("These numbers would be in force. Nothing is changed yet.")
        table([_policy(name, numbers) for name, numbers in planned["policies"].items()], "No operation is installed.")


def _in_force() -> None:
    for name, told in list(look(PATH)["instances"].items())[:1]:
        st.caption(
            f"As `{name}` has them, times in seconds. The preset sets the first three numbers and the strategy the "
            "others, unless it says who else does."
        )
        table([_policy(name, numbers) for name, numbers in told["policies"].items()], "No operation is installed.")


def _instance(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    wish = told["wish"] or {}
    return {
        "Instance": name,
        "Preset": told["preset"],
        "Custom": ", ".join(told["custom"] or {}) or None,
        "Generation": told["generation"],
        "Wanted by": wish.get("by", "the settings"),
        "Reason": wish.get("reason"),
        "Until": clock(wish["until"]) if wish.get("until") else None,
    }


def _policy(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {label: _number(told["numbers"][field], told["origins"][field]) for field, label in NUMBERS.items()}
    return {"Policy": name, "Strategy": told["strategy"], **numbers}


def _number(value: float, origin: str) -> str:
    return f"{value:g}" if origin in ("preset", "strategy") else f"{value:g} ({origin})"


def _preset(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Preset": one["name"],
        "Attempts": one["retry_attempts"],
        "Opens after": one["circuit_breaker_threshold"],
        "Probes after": f"{one['recovery_timeout']:g}",
        "Strategy": one["default_strategy"],
        "For": one["description"],
    }


def _wish(presets: Sequence[str]) -> dict[str, Any]:
    with st.container(horizontal=True):
        preset = st.selectbox("Preset", [*presets, SETTINGS_AGAIN], width=220)
        again = preset == SETTINGS_AGAIN
        lasting = st.selectbox("For how long", list(LASTING), index=1, disabled=again, width=160)
        reason = st.text_input("Reason", max_chars=500, help="The audit log keeps it, with the caller.", width=400)
    if again:
        return {"settings_again": True, "reason": reason}
    return {"preset": preset, "reason": reason, "expires_in": LASTING[lasting]}


@st.dialog("Put into force")
def _put_into_force(wish: Mapping[str, Any]) -> None:
    what = wish.get("preset", SETTINGS_AGAIN)
    st.write(f"Every instance obeys **{plain(what)}** from its next failing call on.")
    if st.button("Put it into force", type="primary"):
        change(f"Put {what} into force", lambda api: api.put(PATH, wish))
