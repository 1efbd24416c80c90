"""Is each part able to do its work? Asked with a time-out and remembered for a moment, so that probes cost nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.clock import Clock

State = Literal["healthy", "degraded", "unhealthy"]
PROBE_SECONDS = 1.0
REMEMBERED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Component:
    """`degraded`: the service answers, less well than it should."""

    state: State
    detail: str


Probe = Callable[[], Awaitable[Component]]


class Health:
    def __init__(self, probes: Mapping[str, Probe], clock: Clock) -> None:
        self._probes, self._clock = probes, clock
        self._last: tuple[float, dict[str, Component]] | None = None
        self.draining = False

    async def components(self) -> dict[str, Component]:
        """Every component by name, at most five seconds old."""
        now = self._clock.monotonic()
        if self._last is None or now - self._last[0] > REMEMBERED_SECONDS:
            states = await asyncio.gather(*(_ask(probe) for probe in self._probes.values()))
            self._last = now, dict(zip(self._probes, states, strict=True))
        return self._last[1]


async def _ask(probe: Probe) -> Component:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await probe()
    except TimeoutError:
        return Component("unhealthy", f"no answer within {PROBE_SECONDS:g} s")


def worst(components: Mapping[str, Component]) -> State:
    states = {component.state for component in components.values()}
    return "unhealthy" if "unhealthy" in states else "degraded" if "degraded" in states else "healthy"
