"""The fleet through Redis: whoever asks publishes a call and collects the replies on a channel of its own."""

import asyncio
import contextlib
import random
from typing import Any

from redis.asyncio import Redis

from app.core.clock import Clock
from app.core.errors import FleetUnavailable, NotFound
from app.core.events import FleetChanged, Hook, ignore
from app.infrastructure.fleet.calls import EVERYBODY, Calls
from app.infrastructure.fleet.channel import Channel
from app.infrastructure.fleet.fleet import Change, DesiredChange, Gathered, Instance, Roster
from app.infrastructure.fleet.ignored import reporting
from app.infrastructure.fleet.messages import MOST_GENERATIONS, Desired, Unreadable, desired, encode
from app.infrastructure.fleet.process import ACKNOWLEDGE, Process, gather
from app.infrastructure.fleet.store import Store

_TRIES, _LONGEST_PAUSE = 100, 0.02


class RedisFleet(Process):
    """Seconds: an instance is in the fleet for `expiry` after its last heartbeat; a call waits `patience` for replies.

    Every look at who is alive is a heartbeat too, and brings the stored document with it. While Redis is lost the
    instances last seen count as unreachable.
    """

    shared = True

    def __init__(
        self,
        client: Redis,
        me: Instance,
        clock: Clock,
        hook: Hook = ignore,
        *,
        heartbeat: float = 3.0,
        expiry: float = 10.0,
        patience: float = 1.0,
        namespace: str = "gatehouse:{fleet}:",
    ) -> None:
        super().__init__(me)
        self._clock, self._hook, self._heartbeat, self._patience = clock, hook, heartbeat, patience
        self._ignored = reporting(hook)
        self._store = Store(client, me, self._ignored, expiry=expiry, namespace=namespace)
        self._calls = Calls(self, self._store, hook, patience=patience)
        names = (namespace + EVERYBODY, namespace + me.id)
        self._channel = Channel(client, names, self._calls.hear, self._join, clock, quiet=heartbeat)
        self._joined, self._missed = asyncio.Event(), False
        self._known: tuple[Instance, ...] = (me,)
        self._reported: FleetChanged | None = None
        self._desiring = asyncio.Lock()

    async def start(self) -> None:
        self.spawn(self._channel.listen())
        self.spawn(self._tick())
        try:
            await asyncio.wait_for(self._joined.wait(), self._patience)
        except TimeoutError:
            self._missed = True

    async def aclose(self) -> None:
        await super().aclose()
        await self._store.leave()

    async def instances(self) -> Roster:
        try:
            await self._beat()
        except FleetUnavailable:
            return Roster((self.me,), connected=False)
        return Roster(self._known)

    async def ask(self, topic: str, args: Any = None, instance: str | None = None) -> Gathered:
        try:
            await self._beat()
            return await self._calls.call(topic, args, self._ids(instance))
        except FleetUnavailable:
            return await self._ask_without_redis(topic, args, self._ids(instance))

    async def tell(self, topic: str, args: Any = None, *, local: bool = False) -> Change:
        if local:
            said = await self.ask_here(topic, args)
        else:
            await self._beat()
            said = await self._calls.call(topic, args, self._ids())
        return Change.of(said, self.desired.generation, local=local)

    async def desire(self, change: DesiredChange, *, local: bool = False) -> Change:
        if local:
            return self._desire_here(change)
        async with self._desiring:
            generation = await self._write(change)
        try:
            said = await self._calls.call(ACKNOWLEDGE, generation, self._ids())
        except FleetUnavailable:  # it is written all the same, and the others find it when Redis is back
            said = await self._ask_without_redis(ACKNOWLEDGE, generation, self._ids())
        return Change.of(said, generation)

    def _ids(self, instance: str | None = None) -> set[str]:
        known = {each.id for each in self._known}
        if instance is None:
            return known
        if instance not in known:
            raise NotFound(f"There is no instance {instance!r} in the fleet.")
        return {instance}

    async def _ask_without_redis(self, topic: str, args: Any, asked: set[str]) -> Gathered:
        if self.me.id not in asked:
            return gather([], asked, connected=False)
        return await self.ask_here(topic, args, asked - {self.me.id}, connected=False)

    async def _join(self) -> None:
        with contextlib.suppress(FleetUnavailable):  # the next heartbeat tries again
            await self._beat()
        if self._missed:
            self._run(self._reconnects)
        self._missed = True
        self._joined.set()

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._heartbeat)
            self._run(self._ticks)
            with contextlib.suppress(FleetUnavailable):  # reported as FleetChanged
                await self._beat()

    async def _beat(self) -> bytes | None:
        """A heartbeat; returns the bytes of the stored document, which is obeyed by then."""
        try:
            if not self._channel.connected:  # a process that hears nothing is not in the fleet
                raise FleetUnavailable
            seen = await self._store.beat()
            self._known = seen.instances
            await self._settle(seen.document)
        except FleetUnavailable:
            self._report(FleetChanged(1, connected=False))
            raise
        self._report(FleetChanged(len(self._known), connected=True))
        return seen.document

    def _report(self, event: FleetChanged) -> None:
        if event != self._reported:
            self._reported = event
            self._hook(event)

    async def _settle(self, raw: bytes | None) -> None:
        """Obey the stored document, or bring ours back where Redis has forgotten it."""
        try:
            stored = desired(raw)
        except Unreadable as error:
            self._ignored("desired", raw, str(error))
            return
        if stored.generation < self.desired.generation:
            await self._store.swap(raw, self.desired)
        elif stored != self.desired:
            self._apply(stored)

    async def _write(self, change: DesiredChange) -> int:
        """Store the changed document; returns its generation."""
        for _ in range(_TRIES):
            raw = await self._beat()
            try:
                stored = desired(raw)
                if stored.generation == MOST_GENERATIONS:
                    raise Unreadable("no generation can follow")
            except Unreadable as error:
                raise FleetUnavailable(
                    "What Redis holds as the desired state was not written by this release."
                ) from error
            if stored.generation >= self.desired.generation:
                wanted = Desired(generation=stored.generation + 1, document=change(stored.document))
                if await self._store.swap(raw, wanted):
                    await self._settle(encode(wanted))
                    return wanted.generation
            await self._clock.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - jitter
        raise FleetUnavailable("Too many changes are being made at once. Try again.")

    async def _acknowledge(self, generation: int) -> int:
        if self.desired.generation < generation:
            await self._beat()
        return await super()._acknowledge(generation)
