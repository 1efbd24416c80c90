"""What the cache's tests share beside fixtures."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from app.infrastructure.cache import Entry
from tests.support.clock import FakeClock

WITHIN = 10.0
START = FakeClock().now()


def entry(body: bytes = b'"answer"', *, fresh: float = 60, stale: float = 600) -> Entry:
    """An entry with its ends counted from where a fake clock starts."""
    return Entry(body, START + fresh, START + stale)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + WITHIN
    while not await condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.005)


async def settled() -> None:
    """Let every task that is ready run until it waits for something."""
    for _ in range(10):
        await asyncio.sleep(0)
