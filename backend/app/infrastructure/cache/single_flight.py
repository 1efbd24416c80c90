"""Equal questions in flight share one call."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from app.core.events import FlightFollowed, Hook, ignore

T = TypeVar("T")

Work = Callable[[], Awaitable[T]]
Look = Callable[[], Awaitable[T | None]]


class Fleet(Protocol):
    """Lets one replica work and the others follow: `app.infrastructure.cache.lease.Lease`."""

    async def lead_or_follow(self, key: str, work: Work[T], look: Look[T]) -> tuple[T, bool]: ...


@dataclass(slots=True, eq=False)
class _Flight(Generic[T]):
    task: asyncio.Task[tuple[T, bool]]
    waiting: int = 0


class SingleFlight:
    """Shares calls within this process, and with a lease among all replicas."""

    def __init__(self, hook: Hook = ignore, lease: Fleet | None = None) -> None:
        self._hook, self._lease = hook, lease
        self._flights: dict[str, _Flight[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def share(self, key: str, work: Work[T], look: Look[T] | None = None) -> tuple[T, bool]:
        """What `work` gives or raises, and whether it ran for this caller.

        `work` runs in the context of the first caller and is cancelled when the last one leaves. `look` finds what the
        work of another replica has put in the cache; without it the flight stays in this process.
        """
        flight: _Flight[T] | None = self._flights.get(key)
        first = flight is None
        if flight is None:
            flight = self._depart(key, self._fly(key, work, look))
        else:
            self._hook(FlightFollowed("process"))
        flight.waiting += 1
        try:
            await asyncio.wait((flight.task,))  # awaiting the task itself would cancel it with this caller
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                self._forget(key, flight)
                flight.task.cancel()
        value, led = flight.task.result()
        return value, led and first

    async def aclose(self) -> None:
        """Cancel what still runs and wait until its leases are released."""
        for flight in self._flights.values():
            flight.task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fly(self, key: str, work: Work[T], look: Look[T] | None) -> tuple[T, bool]:
        if self._lease is None or look is None:
            return await work(), True
        return await self._lease.lead_or_follow(key, work, look)

    def _depart(self, key: str, flying: Coroutine[Any, Any, tuple[T, bool]]) -> _Flight[T]:
        flight = self._flights[key] = _Flight(asyncio.create_task(flying))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(lambda _: self._land(key, flight))
        return flight

    def _land(self, key: str, flight: _Flight[Any]) -> None:
        self._tasks.discard(flight.task)
        self._forget(key, flight)
        if not flight.task.cancelled():
            flight.task.exception()  # seen, also when all who waited have left

    def _forget(self, key: str, flight: _Flight[Any]) -> None:
        """The next caller of this key starts anew; a newer flight stays."""
        if self._flights.get(key) is flight:
            del self._flights[key]
