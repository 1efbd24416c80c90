"""A process of the fleet as the tests see it: what it was told, what it obeys, what it reported."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self

from redis.asyncio import Redis

from app.core.clock import SystemClock
from app.core.errors import NotFound
from app.core.events import FleetChanged
from app.infrastructure.cache.redis import connect
from app.infrastructure.fleet import Fleet, Gathered, Roster
from app.infrastructure.fleet.fleet import this_process
from app.infrastructure.fleet.redis import RedisFleet
from tests.support.eventually import eventually
from tests.support.valkey import PATIENT

WITHIN = 15.0
until = partial(eventually, within=WITHIN)
HEARTBEAT, EXPIRY = 0.1, 3.0

Document = dict[str, Any]


class Node:
    """Answers `name` and `fail`; `told` and `obeyed` list what reached it, the latter as (generation, document)."""

    def __init__(self, fleet: Fleet, events: list[object]) -> None:
        self.fleet, self.id, self.events = fleet, fleet.me.id, events
        self.told: list[Any] = []
        self.obeyed: list[tuple[int, Document]] = []
        self.reconnects = self.ticks = 0
        fleet.on("name", lambda _: self.id)
        fleet.on("tell", self._tell)
        fleet.on("fail", self._fail)
        fleet.on_desired(lambda document, generation: self.obeyed.append((generation, document)))
        fleet.on_reconnect(self._reconnected)
        fleet.on_tick(self._ticked)

    @property
    def document(self) -> Document:
        return self.obeyed[-1][1] if self.obeyed else {}

    @property
    def generations(self) -> list[int]:
        return [generation for generation, _ in self.obeyed]

    @property
    def connected(self) -> bool:
        changes = [event.connected for event in self.events if isinstance(event, FleetChanged)]
        return bool(changes) and changes[-1]

    def _tell(self, args: Any) -> int:
        self.told.append(args)
        return len(self.told)

    async def _fail(self, args: Any) -> None:
        if args == "named":
            raise NotFound("No such breaker.")
        raise ZeroDivisionError("a detail that is nobody's business")

    def _reconnected(self) -> None:
        self.reconnects += 1

    async def _ticked(self) -> None:
        self.ticks += 1


class Nodes:
    """Makes nodes of one fleet, each with a client of its own, as processes would have."""

    def __init__(self, url: str, *, timeout: float, patience: float = PATIENT) -> None:
        self.url, self._timeout, self._patience = url, timeout, patience
        self.namespace = f"gatehouse-test-{secrets.token_hex(4)}:"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.client: Redis = await self._stack.enter_async_context(connect(self.url, timeout=PATIENT))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def make(self, patience: float | None = None) -> Node:
        """A node that has not started."""
        client = await self._stack.enter_async_context(connect(self.url, timeout=self._timeout))
        clock, events = SystemClock(), list[object]()
        fleet = RedisFleet(
            client,
            this_process("1.0", clock.now()),
            clock,
            events.append,
            heartbeat=HEARTBEAT,
            expiry=EXPIRY,
            patience=patience or self._patience,
            namespace=self.namespace,
        )
        self._stack.push_async_callback(fleet.aclose)
        return Node(fleet, events)

    async def join(self, count: int) -> list[Node]:
        made = [await self.make() for _ in range(count)]
        await asyncio.gather(*(node.fleet.start() for node in made))
        return made


def ids(*nodes: Node) -> set[str]:
    return {node.id for node in nodes}


def listed(roster: Roster) -> set[str]:
    return {instance.id for instance in roster.instances}


def missing(gathered: Gathered) -> set[str]:
    return set(gathered.unreachable)


def counted(document: Document) -> Document:
    """A change that is visible as often as it was made."""
    return document | {"count": document.get("count", 0) + 1}


def setting(**values: Any) -> Callable[[Document], Document]:
    return lambda document: document | values
