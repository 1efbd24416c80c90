"""What `fleet` asks of a running service, and how it looks on a terminal."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.api.internal.overview import Overview
from app.api.internal.root import Fleet, Instance
from app.core.schemas import ErrorEnvelope

from .output import WIDE

M = TypeVar("M", bound=BaseModel)

PATIENCE = 10.0
"""Seconds for each of the two requests; the service itself waits one second for its instances."""

COLUMNS = ("instance", "host", "pid", "version", "requests/s", "errors", "p95", "open breakers", "heartbeat")


class Unanswered(Exception):
    """The service gave no answer that can be shown; says why."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The answers of `/internal/fleet` and `/internal/monitoring/overview`."""

    fleet: Fleet
    overview: Overview

    @property
    def whole(self) -> bool:
        """Whether every instance was reached."""
        return self.overview.connected and not self.missing

    @property
    def missing(self) -> set[str]:
        return {*self.overview.unreachable, *self.overview.failed}


def connect(url: str, key: str) -> httpx2.Client:
    """Raises Unanswered for what is no address."""
    try:
        return httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE, trust_env=False
        )
    except httpx2.InvalidURL as error:
        raise Unanswered(f"{url} is no address: {error}") from None


def look(client: httpx2.Client) -> Screen:
    """Raises Unanswered."""
    overview = _get(client, "/internal/monitoring/overview", Overview)
    return Screen(_get(client, "/internal/fleet", Fleet), overview)


def _get(client: httpx2.Client, path: str, kind: type[M]) -> M:
    try:
        response = client.get(path)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unanswered(f"{client.base_url} does not answer: {error}") from None
    try:
        if response.status_code == 200:
            return kind.model_validate_json(response.content)
        said = ErrorEnvelope.model_validate_json(response.content).error.message
    except ValidationError:
        said = "This is no service of ours."
    raise Unanswered(f"{client.base_url} answered {path} with {response.status_code}. {said}")


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
    for instance in screen.fleet.instances:
        table.add_row(*map(Text, _row(instance, screen)))
    for gone in sorted(screen.missing - {instance.id for instance in screen.fleet.instances}):
        table.add_row(*map(Text, (gone, "-", "-", "-", "unreachable")))
    return Group(Text(_headline(screen)), table, *map(Text, _worries(screen.overview)))


def _row(instance: Instance, screen: Screen) -> list[str]:
    about = [instance.id, instance.host, str(instance.pid), instance.version]
    age = f"{instance.heartbeat_age:.1f} s ago"
    numbers = screen.overview.instances.get(instance.id)
    if numbers is None:
        return [*about, _silence(instance.id, screen.overview), "-", "-", "-", age]
    p95 = "-" if numbers.latency_p95 is None else f"{numbers.latency_p95:g} s"
    breakers = ", ".join(numbers.open_breakers) or "-"
    return [*about, f"{numbers.request_rate:.1f}", _percent(numbers.error_share), p95, breakers, age]


def _silence(name: str, overview: Overview) -> str:
    """Why an instance of the fleet has no numbers."""
    if name in overview.unreachable:
        return "unreachable"
    return "failed" if name in overview.failed else "new"


def _headline(screen: Screen) -> str:
    minute, alive = screen.overview.last_minute, screen.overview.instances_alive
    fleet = f"{alive} of {alive + len(screen.missing)} instances answer"
    traffic = f"{minute.request_rate:.1f} requests/s, errors {_percent(minute.error_share)}"
    first = fleet if screen.fleet.shared else "One process, no fleet"
    return f"{first}; last minute: {traffic}, {minute.spend_usd_per_hour:.2f} USD an hour"


def _worries(overview: Overview) -> Iterator[str]:
    if not overview.connected:
        yield "Redis is lost: only the instance that answered could be asked."
    for alert in overview.alerts:
        yield f"{alert.severity}: {' '.join(filter(None, (alert.name, alert.subject)))}. {alert.hint}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
