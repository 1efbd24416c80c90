"""A bounded number of requests at work, a bounded number in the queue, and no place lost."""

import asyncio
from contextlib import suppress

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api.gate import ALWAYS, Gate
from app.core.errors import Overloaded
from tests.support.eventually import eventually


class House:
    """An app that holds its requests until they may go; `inside` says how many."""

    def __init__(self, most: int, queue: int, patience: float = 300) -> None:
        self.gate = Gate(self, most, queue, patience)
        self.inside = self.peak = 0
        self.go = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.peak = max(self.peak, self.inside)
        try:
            await self.go.acquire()
        finally:
            self.inside -= 1

    def come(self, path: str = "/tea") -> asyncio.Task[None]:
        return asyncio.ensure_future(self._visit(path))

    async def _visit(self, path: str) -> None:
        await self.gate({"type": "http", "path": path}, _nothing, _nowhere)

    def leave(self, count: int) -> None:
        for _ in range(count):
            self.go.release()


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _nowhere(_: Message) -> None: ...


async def test_only_so_many_are_inside_and_the_queue_follows_in_order() -> None:
    house = House(2, 3)
    visits = [house.come() for _ in range(5)]
    await eventually(lambda: house.inside == 2)
    with pytest.raises(Overloaded) as caught:
        await house.come()
    assert caught.value.retry_after == 1
    house.leave(5)
    await asyncio.gather(*visits)
    assert (house.inside, house.peak) == (0, 2)


@pytest.mark.parametrize("path", sorted(ALWAYS))
async def test_probes_pass_while_the_house_is_full(path: str) -> None:
    house = House(1, 0)
    visits = [house.come(), house.come(path)]
    await eventually(lambda: house.inside == 2)
    house.leave(2)
    await asyncio.gather(*visits)


async def test_who_waited_too_long_is_refused() -> None:
    house = House(1, 1, patience=0.01)
    first = house.come()
    await eventually(lambda: house.inside == 1)
    with pytest.raises(Overloaded):
        await house.come()
    house.leave(2)
    await first
    await house.come()


async def test_no_place_is_lost_whoever_gives_up_and_when() -> None:
    house = House(2, 4)
    for round_ in range(40):
        visits = [house.come() for _ in range(6)]
        for _ in range(round_ % 4):
            await asyncio.sleep(0)
        house.leave(round_ % 3)
        for number, visit in enumerate(visits):
            if (number + round_) % 2:
                visit.cancel()
        house.leave(6)
        for visit in visits:
            with suppress(asyncio.CancelledError):
                await visit
        house.go = asyncio.Semaphore(0)
    visits = [house.come() for _ in range(6)]
    await eventually(lambda: house.inside == 2)
    assert house.peak == 2
    house.leave(6)
    await asyncio.gather(*visits)
