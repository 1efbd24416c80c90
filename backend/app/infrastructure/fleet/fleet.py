"""What a fleet of processes can do, and what it answers."""

import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.core.errors import AppError

Handler = Callable[[Any], Any]
"""Takes the JSON value that was sent and gives one back, or an awaitable of one. It may wait, never block."""

Callback = Callable[[], Awaitable[None] | None]
DesiredChange = Callable[[dict[str, Any]], dict[str, Any]]
"""Gives the next document for the present one. It is called again when another process was faster."""

Apply = Callable[[dict[str, Any], int], None]
"""Makes a document and its generation true in this process; applying one twice must do no harm."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One process; `started` and `heartbeat` are seconds since the epoch."""

    id: str
    host: str
    pid: int
    started: float
    version: str
    heartbeat: float


def this_process(version: str, started: float) -> Instance:
    return Instance(secrets.token_hex(4), socket.gethostname(), os.getpid(), started, version, started)


@dataclass(frozen=True, slots=True)
class Roster:
    """The instances that are alive, oldest first; only this one when not `connected`."""

    instances: tuple[Instance, ...]
    connected: bool = True


@dataclass(frozen=True, slots=True)
class Gathered:
    """What instances said, by id.

    The `unreachable` gave no answer in time; an unreachable one that is only paused still does what it was told when it
    runs again. Without `connected`, Redis was lost: there may be others that nobody could ask.
    """

    replies: Mapping[str, Any]
    failed: Mapping[str, AppError] = field(default_factory=dict)
    unreachable: tuple[str, ...] = ()
    connected: bool = True

    @property
    def complete(self) -> bool:
        return self.connected and not self.failed and not self.unreachable


@dataclass(frozen=True, slots=True)
class Change(Gathered):
    """What became of a change; `generation` is that of the desired state after it, `local` means here and only here."""

    generation: int = 0
    local: bool = False

    @classmethod
    def of(cls, said: Gathered, generation: int, *, local: bool = False) -> "Change":
        return cls(said.replies, said.failed, said.unreachable, said.connected, generation, local)

    @property
    def applied(self) -> tuple[str, ...]:
        return tuple(self.replies)


class Fleet(Protocol):
    """All processes, or this one alone when not `shared`. Register handlers and callbacks before `start`."""

    @property
    def shared(self) -> bool: ...

    @property
    def me(self) -> Instance: ...

    async def start(self) -> None:
        """Join, waiting a second at most; where Redis is lost this goes on in the background."""
        ...

    async def aclose(self) -> None:
        """Leave at once."""
        ...

    async def instances(self) -> Roster: ...

    def on(self, topic: str, handler: Handler) -> None:
        """What this process answers to `ask` and does on `tell`. An AppError that it raises reaches whoever asked."""
        ...

    async def ask(self, topic: str, args: Any = None, instance: str | None = None) -> Gathered:
        """Ask every instance, or one; takes a second at most. Raises NotFound for an instance that nobody knows."""
        ...

    async def tell(self, topic: str, args: Any = None, *, local: bool = False) -> Change:
        """Have every instance do something, or with `local` only this one.

        Raises FleetUnavailable when Redis is lost; then nothing was done here, though others may have been reached.
        """
        ...

    async def desire(self, change: DesiredChange, *, local: bool = False) -> Change:
        """Change the document that every instance obeys, those that join later included.

        With `local` only this instance obeys, until the next change for all or its own end. Raises FleetUnavailable
        when Redis is lost; if that happened while Redis was writing, the change may show up when it is back.
        """
        ...

    def on_desired(self, apply: Apply) -> None: ...

    def on_reconnect(self, callback: Callback) -> None:
        """Called when this process hears the others again after a time in which it may have missed them."""
        ...

    def on_tick(self, callback: Callback) -> None:
        """Called at each heartbeat, with Redis or without."""
        ...
