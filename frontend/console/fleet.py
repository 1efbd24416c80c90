"""Which processes run, and how each of them is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from console.asking import gaps, look, refreshed
from console.tables import lasting, milliseconds, percent, table


def draw(_: Sequence[str]) -> None:
    refreshed(_instances)


def _instances() -> None:
    fleet = look("/internal/fleet")
    overview = look("/internal/monitoring/overview")
    health = look("/internal/monitoring/health")
    gaps(overview)
    st.caption(
        f"Answered by `{fleet['answered_by']}`. "
        + ("The instances share Redis." if fleet["shared"] else "Without Redis each process speaks for itself.")
    )
    table([_row(one, overview, health) for one in fleet["instances"]], "No instance is alive.")
    st.subheader("Components")
    table(_components(health), "No instance told of its components.")


def _row(one: Mapping[str, Any], overview: Mapping[str, Any], health: Mapping[str, Any]) -> dict[str, Any]:
    told = health["instances"].get(one["id"], {"status": "unreachable"})
    traffic = overview["instances"].get(one["id"], {})
    return {
        "Instance": one["id"],
        "State": told["status"],
        "Host": f"{one['host']}, process {one['pid']}",
        "Version": one["version"],
        "Up for": lasting((datetime.now(UTC) - datetime.fromisoformat(one["started"])).total_seconds()),
        "Heartbeat": f"{one['heartbeat_age']:.1f} s behind",
        "Requests/s": f"{traffic['request_rate']:.1f}" if traffic else None,
        "Errors": percent(traffic.get("error_share")),
        "p95": milliseconds(traffic.get("latency_p95")),
    }


def _components(health: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"Component": name, "Instance": instance, "State": component["state"], "Detail": component["detail"]}
        for instance, told in health["instances"].items()
        for name, component in told["components"].items()
    ]
