"""What the cache's tests share beside fixtures."""

import asyncio
from functools import partial

from app.infrastructure.cache import Entry
from tests.support.clock import FakeClock
from tests.support.eventually import eventually

WITHIN = 10.0
until = partial(eventually, within=WITHIN)
START = FakeClock().now()


def entry(body: bytes = b'"answer"', *, fresh: float = 60, stale: float = 600) -> Entry:
    """An entry with its ends counted from where a fake clock starts."""
    return Entry(body, START + fresh, START + stale)


async def settled() -> None:
    """Let every task that is ready run until it waits for something."""
    for _ in range(10):
        await asyncio.sleep(0)
