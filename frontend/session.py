"""Who is asked, and with which key. Typed keys live in the session's state and nowhere else."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from api import Api, Refused, Unreachable
from plain import plain

DEFAULT_URL = "http://127.0.0.1:8000"


def public_api() -> Api:
    """The door of clients."""
    return Api(_public_url(), _key("API_KEY"))


def internal_api() -> Api:
    """The door of operators; its `key` is None until there is one."""
    return Api(os.environ.get("INTERNAL_URL") or _public_url(), _key("ADMIN_API_KEY"))


def sidebar() -> None:
    """Where keys are typed; on every page, because what is typed must outlive a change of page."""
    with st.sidebar.expander("Keys", icon=":material/key:"):
        for label, name in (("API key", "API_KEY"), ("Operator key", "ADMIN_API_KEY")):
            hint = "from the environment" if _from_environment(name) else "none yet"
            st.text_input(label, type="password", key=name, placeholder=hint, autocomplete="off")


def told(error: Refused | Unreachable) -> None:
    """Show why a call failed: the envelope's own words, or since when nothing answers."""
    if isinstance(error, Unreachable):
        zone = st.context.timezone
        since = error.since.astimezone(ZoneInfo(zone) if zone else None)
        st.error(f"API unreachable since {since:%H:%M:%S}", icon=":material/cloud_off:")
        st.caption(f"Nothing answers at {plain(error.url)}.")
        return
    st.error(plain(error.message), icon=":material/error:")
    facts = [f"`{error.code}`", f"status {error.status}"]
    if error.request_id:
        facts.append(f"request id `{error.request_id}`")
    if error.retry_after:
        facts.append(f"try again in {error.retry_after:.0f} s")
    st.caption(" · ".join(facts))


def _public_url() -> str:
    return os.environ.get("API_URL") or DEFAULT_URL


def _key(name: str) -> str | None:
    typed: str = st.session_state.get(name, "")
    return typed.strip() or _from_environment(name)


def _from_environment(name: str) -> str | None:
    """The variable, or what the file named by `NAME_FILE` holds; never sent to the browser."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip() or None
    return os.environ.get(name) or None
