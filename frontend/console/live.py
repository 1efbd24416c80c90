"""The last minute of the whole fleet, looked at every few seconds and remembered while the page is open."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import streamlit as st

from console.asking import gaps, look, refreshed
from console.tables import clock, milliseconds, percent, table

REMEMBERED = 120
"""Looks that the charts go back: ten minutes."""

IN_A_TABLE = 6
COLOURS = ["#2a8f88", "#b87b12", "#c4524f"]
"""Legible on the light and on the dark background."""


class Chart(NamedTuple):
    """`lines` are the labels and the fields of the overview behind them, which `factor` brings to the unit."""

    title: str
    unit: str
    factor: float
    lines: Mapping[str, str]


CHARTS = (
    Chart("Requests", "per second", 1, {"requests": "request_rate"}),
    Chart("Shares", "%", 100, {"errors": "error_share", "degraded": "degraded_share", "refused": "refused_share"}),
    Chart("Latency", "ms", 1000, {"p50": "latency_p50", "p95": "latency_p95", "p99": "latency_p99"}),
)


def pulse() -> None:
    """A line of numbers for the top of the page, which are remembered for the charts."""
    refreshed(_pulse)


def draw(_: Sequence[str]) -> None:
    st.caption("Each point tells of the minute before it. Latencies are upper bounds, read from a histogram.")
    refreshed(_charts)


def _pulse() -> None:
    overview = look("/internal/monitoring/overview")
    minute = overview["last_minute"]
    _looks().append({"at": datetime.now(UTC), **minute})
    numbers = {
        "Instances": f"{overview['instances_alive']}",
        "Requests/s": f"{minute['request_rate']:.1f}",
        "Errors": percent(minute["error_share"]),
        "Degraded": percent(minute["degraded_share"]),
        "p95": milliseconds(minute["latency_p95"]),
        "Open breakers": f"{len(overview['open_breakers'])}",
        "Alerts": f"{len(overview['alerts'])}",
    }
    with st.container(horizontal=True):
        for label, value in numbers.items():
            st.metric(label, value, width="content")
    gaps(overview)


def _charts() -> None:
    looks = list(_looks())
    for chart in CHARTS:
        st.markdown(f"**{chart.title}**, {chart.unit}")
        drawn, listed = st.columns([3, 2])
        drawn.vega_lite_chart(
            _lines(chart, looks), height=220, alt=f"{chart.title} over time, as in the table beside it"
        )
        with listed:
            table([_row(chart, one) for one in reversed(looks[-IN_A_TABLE:])], "Nothing was seen yet.")


def _lines(chart: Chart, looks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A Vega-Lite chart."""
    points = [
        {"at": one["at"].isoformat(), "line": label, "value": one[field] * chart.factor}
        for one in looks
        for label, field in chart.lines.items()
        if one[field] is not None
    ]
    top = max((point["value"] for point in points), default=0)
    return {
        "mark": "line",
        "data": {"values": points},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None, "axis": {"format": "%H:%M:%S", "tickCount": 4}},
            "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"domain": [0, top * 1.1 or 1]}},
            "color": {
                "field": "line",
                "type": "nominal",
                "scale": {"domain": list(chart.lines), "range": COLOURS},
                "legend": {"orient": "bottom", "title": None} if len(chart.lines) > 1 else None,
            },
        },
    }


def _row(chart: Chart, one: Mapping[str, Any]) -> dict[str, Any]:
    values = {label: one[field] for label, field in chart.lines.items()}
    shown = {label: None if value is None else f"{value * chart.factor:,.1f}" for label, value in values.items()}
    return {"Time": clock(one["at"]), **shown}


def _looks() -> deque[dict[str, Any]]:
    looks: deque[dict[str, Any]] = st.session_state.setdefault("console.looks", deque(maxlen=REMEMBERED))
    return looks
