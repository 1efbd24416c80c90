"""Calls to other processes: published on a channel of all, answered on the channel of whoever asked."""

import asyncio
import contextlib
import secrets
from typing import Any

from app.core.errors import FleetUnavailable
from app.core.events import FleetMessageIgnored, Hook
from app.infrastructure.fleet.fleet import Gathered
from app.infrastructure.fleet.messages import Call, Reply, Unreadable, heard
from app.infrastructure.fleet.process import Process, gather
from app.infrastructure.fleet.store import Store

EVERYBODY = "all"


class _Pending:
    """A call under way: whose replies are awaited, and those that came."""

    def __init__(self, awaited: set[str]) -> None:
        self.awaited = set(awaited)
        self.replies: dict[str, Reply] = {}
        self.done = asyncio.Event()

    def take(self, reply: Reply) -> None:
        self.replies[reply.sender] = reply
        self.awaited.discard(reply.sender)
        if not self.awaited:
            self.done.set()


class Calls:
    """Each call is answered in a task of its own, so that a slow handler delays no other. `patience` is in seconds."""

    def __init__(self, process: Process, store: Store, hook: Hook, *, patience: float) -> None:
        self._process, self._store, self._hook, self._patience = process, store, hook, patience
        self._me = process.me.id
        self._pending: dict[str, _Pending] = {}

    async def call(self, topic: str, args: Any, asked: set[str]) -> Gathered:
        """Raises FleetUnavailable before anything is done here."""
        call = Call(id=secrets.token_hex(8), sender=self._me, topic=topic, args=args)
        pending = self._pending[call.id] = _Pending(asked)
        try:
            if asked != {self._me}:
                await self._store.publish(min(asked) if len(asked) == 1 else EVERYBODY, call)
            if self._me in asked:
                self._process.spawn(self._reply_here(call, pending))
            with contextlib.suppress(TimeoutError):  # who is awaited still is unreachable
                await asyncio.wait_for(pending.done.wait(), self._patience)
        finally:
            del self._pending[call.id]
        return gather(pending.replies.values(), pending.awaited)

    def hear(self, raw: bytes) -> None:
        try:
            message = heard(raw)
        except Unreadable as error:
            self._hook(FleetMessageIgnored("message", str(error)))
            return
        if isinstance(message, Reply):
            if pending := self._pending.get(message.id):
                pending.take(message)
        elif message.sender != self._me:
            self._process.spawn(self._reply(message))

    async def _reply_here(self, call: Call, pending: _Pending) -> None:
        pending.take(await self._process.answer(call))

    async def _reply(self, call: Call) -> None:
        reply = await self._process.answer(call)
        with contextlib.suppress(FleetUnavailable):  # whoever asked finds us unreachable
            await self._store.publish(call.sender, reply)
