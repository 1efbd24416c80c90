"""What `fleet` asks of a running service, and how it looks on a terminal."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .output import WIDE

PATIENCE = 10.0
"""Seconds for each of the two requests; the service itself waits one second for its instances."""

COLUMNS = ("instance", "host", "pid", "version", "requests/s", "errors", "p95", "open breakers", "heartbeat")


class Unanswered(Exception):
    """The service gave no answer that can be shown; says why."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The answers of `/internal/fleet` and `/internal/monitoring/overview`."""

    fleet: Mapping[str, Any]
    overview: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether every instance was reached."""
        return bool(self.overview["connected"]) and not self.overview["unreachable"] and not self.overview["failed"]


def connect(url: str, key: str) -> httpx2.Client:
    """Raises Unanswered for what is no address."""
    try:
        return httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE, trust_env=False
        )
    except httpx2.InvalidURL as error:
        raise Unanswered(f"{url} is no address: {error}") from None


def look(client: httpx2.Client) -> Screen:
    overview = _get(client, "/internal/monitoring/overview")
    return Screen(_get(client, "/internal/fleet"), overview)


def _get(client: httpx2.Client, path: str) -> Any:
    try:
        response = client.get(path)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unanswered(f"{client.base_url} does not answer: {error}") from None
    try:
        answer = response.json()
    except ValueError:
        raise Unanswered(f"{client.base_url} answered {path} with something else than JSON.") from None
    if response.status_code != 200:
        said = answer.get("error", {}).get("message", "") if isinstance(answer, dict) else ""
        raise Unanswered(f"{client.base_url} answered {path} with {response.status_code}. {said}".strip())
    return answer


def watch(client: httpx2.Client, screen: Screen, every: float) -> Screen | None:
    """Until Ctrl-C; the last screen, None when the last look was not answered."""
    latest: Screen | None = screen
    with Live(shown(screen), console=console(), auto_refresh=False) as live:
        try:
            while True:
                time.sleep(every)
                latest = _watched(client, live)
        except KeyboardInterrupt:
            return latest


def _watched(client: httpx2.Client, live: Live) -> Screen | None:
    try:
        screen = look(client)
    except Unanswered as error:
        live.update(Text(str(error)), refresh=True)
        return None
    live.update(shown(screen), refresh=True)
    return screen


def console() -> Console:
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=WIDE)


def shown(screen: Screen) -> Group:
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for instance in screen.fleet["instances"]:
        table.add_row(*map(Text, _row(instance, screen.overview)))
    listed = {instance["id"] for instance in screen.fleet["instances"]}
    for gone in sorted(set(screen.overview["unreachable"]) - listed):
        table.add_row(*map(Text, (gone, "-", "-", "-", "unreachable")))
    return Group(Text(_headline(screen)), table, *(Text(line) for line in _worries(screen)))


def _row(instance: Mapping[str, Any], overview: Mapping[str, Any]) -> list[str]:
    about = [instance["id"], instance["host"], str(instance["pid"]), instance["version"]]
    age = f"{instance['heartbeat_age']:.1f} s ago"
    numbers = overview["instances"].get(instance["id"])
    if numbers is None:
        silent = "failed" if instance["id"] in overview["failed"] else "unreachable"
        return [*about, silent if instance["id"] in _missing(overview) else "new", "-", "-", "-", age]
    open_breakers = ", ".join(numbers["open_breakers"]) or "-"
    rate, errors, p95 = f"{numbers['request_rate']:.1f}", _percent(numbers["error_share"]), numbers["latency_p95"]
    return [*about, rate, errors, "-" if p95 is None else f"{p95:g} s", open_breakers, age]


def _missing(overview: Mapping[str, Any]) -> set[str]:
    return {*overview["unreachable"], *overview["failed"]}


def _headline(screen: Screen) -> str:
    minute = screen.overview["last_minute"]
    alive, missing = screen.overview["instances_alive"], len(_missing(screen.overview))
    first = f"{alive} of {alive + missing} instances answer" if screen.fleet["shared"] else "One process, no fleet"
    errors, spend = _percent(minute["error_share"]), minute["spend_usd_per_hour"]
    return f"{first}; last minute: {minute['request_rate']:.1f} requests/s, errors {errors}, {spend:.2f} USD an hour"


def _worries(screen: Screen) -> Iterator[str]:
    if not screen.overview["connected"]:
        yield "Redis is lost: only the instance that answered could be asked."
    for alert in screen.overview["alerts"]:
        yield f"{alert['severity']}: {alert['name']} {alert['subject']}".strip() + f". {alert['hint']}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
