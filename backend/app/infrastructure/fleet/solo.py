"""A fleet of one: no Redis, the same answers."""

import copy
from dataclasses import replace
from typing import Any

from app.core.clock import Clock
from app.core.errors import NotFound
from app.infrastructure.fleet.fleet import Change, DesiredChange, Gathered, Instance, Roster
from app.infrastructure.fleet.process import ACKNOWLEDGE, Process, as_stored


class SoloFleet(Process):
    """`heartbeat` is the time between ticks, in seconds."""

    shared = False

    def __init__(self, me: Instance, clock: Clock, *, heartbeat: float = 3.0) -> None:
        super().__init__(me)
        self._clock, self._heartbeat = clock, heartbeat

    async def start(self) -> None:
        self.spawn(self._tick())

    async def instances(self) -> Roster:
        return Roster((replace(self.me, heartbeat=self._clock.now()),))

    async def ask(self, topic: str, args: Any = None, instance: str | None = None) -> Gathered:
        if instance not in (None, self.me.id):
            raise NotFound(f"There is no instance {instance!r}; without REDIS_URL this one is alone.")
        return await self.ask_here(topic, args)

    async def tell(self, topic: str, args: Any = None, *, local: bool = False) -> Change:
        return Change.of(await self.ask_here(topic, args), self.desired.generation, local=local)

    async def desire(self, change: DesiredChange, *, local: bool = False) -> Change:
        if local:
            return self._desire_here(change)
        wanted = as_stored(self.desired.generation + 1, change(copy.deepcopy(self.desired.document)))
        self._apply(wanted)
        return Change.of(await self.ask_here(ACKNOWLEDGE, wanted.generation), wanted.generation)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._heartbeat)
            self._run(self._ticks)
