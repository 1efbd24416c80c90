"""A replica that takes the lease of a key, says so, and works until it is killed: `python leader.py URL KEY`."""

import asyncio
import sys

from app.core.clock import SystemClock
from app.infrastructure.cache import SingleFlight
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.lease import Lease
from app.infrastructure.cache.redis import connect


async def work_forever() -> str:
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    return ""


async def find_nothing() -> None:
    return None


async def main(url: str, key: str) -> None:
    clock = SystemClock()
    async with connect(url, timeout=5) as client:
        flights = SingleFlight(lease=Lease(client, Guard(clock), clock, lives=0.5))
        await flights.share(key, work_forever, find_nothing)


asyncio.run(main(*sys.argv[1:]))
