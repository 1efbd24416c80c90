"""Tables of facts, and how numbers and times are written in them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from plain import plain

NOTHING = "–"


def table(rows: Iterable[Mapping[str, Any]], empty: str) -> None:
    """Rows as they are, or the sentence `empty` when there are none; a value of None is shown as a dash."""
    cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
    if cells:
        st.table(cells, border="horizontal")
    else:
        st.caption(empty)


def percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


def milliseconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds * 1000:,.0f} ms"


def clock(moment: float | datetime) -> str:
    """Where the browser is, with the day unless it is today; `moment` is aware, or in seconds since the epoch."""
    aware = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    name = st.context.timezone
    zone = ZoneInfo(name) if name else UTC
    there = aware.astimezone(zone)
    return f"{there:%H:%M:%S}" if there.date() == datetime.now(zone).date() else f"{there:%d %b %H:%M}"


def lasting(seconds: float) -> str:
    """`42 s`, `7 min`, `3 h` or `2 days`."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _cell(value: Any) -> str:
    if value is None:
        return NOTHING
    return plain(value) if isinstance(value, str) else f"{value:,}"
