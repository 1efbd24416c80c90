"""Asking the operators' door: views that refresh themselves, dry runs, and changes with those who acknowledged them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from api import Api, Refused, Reply, Unreachable
from console.tables import clock
from plain import plain
from session import internal_api, told

EVERY = 5
"""Seconds between two looks. Each one counts against the limit of the key, 100 requests a minute by default."""

BREAKERS = "/internal/resilience/circuit-breakers"
KEY_HINTS = {
    401: "The service does not know this key. The operators' key is its `ADMIN_API_KEY`; type it in the sidebar.",
    403: "The service knows this key, but operators need another one, its `ADMIN_API_KEY`; type it in the sidebar.",
}


@dataclass(frozen=True)
class Done:
    """A change that was made, and what the instances said to it."""

    what: str
    at: datetime
    answer: Mapping[str, Any]


def look(path: str) -> Any:
    """What the service says there, at most a few seconds old: those who watch with one key share one look."""
    api = internal_api()
    return _look(api.url, api.key, path)


def policies() -> list[str] | None:
    """The name of every policy; None when the service gave no answer and the page now says why."""
    try:
        return list(look(BREAKERS)["policies"])
    except Refused as error:
        refused(error)
    except Unreachable:
        _await_answer()
    return None


def refreshed(draw: Callable[[], None]) -> None:
    """Draw now and again every few seconds; the page says it in one place when nothing answers any more."""

    @st.fragment(run_every=EVERY)
    def part() -> None:
        try:
            draw()
        except Refused as error:
            refused(error)
        except Unreachable:
            _look.clear()
            st.rerun()

    part()


def refused(error: Refused | Unreachable) -> None:
    """In the words of the service, and which key it wants when it is a matter of keys."""
    told(error)
    if isinstance(error, Refused) and error.status in KEY_HINTS:
        st.info(KEY_HINTS[error.status], icon=":material/key:")


def rehearsed(label: str, ask: Callable[[Api, Mapping[str, Any]], Reply], body: Mapping[str, Any]) -> Any:
    """A button for a dry run; its answer, for as long as `body` is what was tried, else None."""
    if st.button(label, icon=":material/science:"):
        st.session_state.pop("console.rehearsed", None)
        try:
            answer = ask(internal_api(), {**body, "dry_run": True}).data
        except (Refused, Unreachable) as error:
            refused(error)
        else:
            st.session_state["console.rehearsed"] = (body, answer)
    tried, answer = st.session_state.get("console.rehearsed", (None, None))
    return answer if tried == body else None


def change(what: str, ask: Callable[[Api], Reply]) -> None:
    """Make a change and draw the page anew; a refusal is told where one asked."""
    try:
        answer = ask(internal_api()).data
    except (Refused, Unreachable) as error:
        refused(error)
        return
    # A change of the config wraps what the instances said; the others are it.
    st.session_state["console.done"] = Done(what, datetime.now(UTC), answer.get("change") or answer)
    st.session_state.pop("console.rehearsed", None)
    _look.clear()
    st.rerun()


def acknowledged() -> None:
    """The latest change made on this page, and who has applied it."""
    done: Done | None = st.session_state.get("console.done")
    if done is None:
        return
    applied, missing = done.answer["applied"], [*done.answer["unreachable"], *done.answer["failed"]]
    show, icon = (st.warning, "report") if missing else (st.success, "task_alt")
    show(
        f"{plain(done.what)} at {clock(done.at)}. "
        f"Acknowledged by {len(applied)} of {len(applied) + len(missing)}: {plain(', '.join(applied))}. "
        f"Generation {done.answer['generation']}.",
        icon=f":material/{icon}:",
    )
    gaps(done.answer)


def gaps(answer: Mapping[str, Any]) -> None:
    """Name the instances that an answer about the fleet does not speak for."""
    with st.empty().container():  # has its place when nothing is missing too, so that what was said goes with its cause
        if not answer["connected"]:
            st.warning("Redis is lost: only the instance that answered was asked.", icon=":material/link_off:")
        if answer["unreachable"]:
            st.warning(f"Unreachable: {plain(', '.join(answer['unreachable']))}.", icon=":material/cloud_off:")
        for instance, why in answer["failed"].items():
            st.warning(f"{plain(instance)} could not answer: {plain(why)}", icon=":material/report:")


@st.cache_data(ttl=EVERY - 1, show_spinner=False)
def _look(url: str, key: str | None, path: str) -> Any:
    return Api(url, key).get(path).data


@st.fragment(run_every=EVERY)
def _await_answer() -> None:
    try:
        internal_api().get("/livez")
    except Unreachable as error:
        told(error)
    else:
        st.rerun()
