"""A Redis for all tests, and one that a test may break."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.infrastructure.cache.redis import connect
from tests.support.valkey import PATIENT, ValkeyServer, redis_url, valkey_server


@pytest.fixture(scope="session")
def shared_url() -> Iterator[str]:
    with redis_url() as url:
        yield url


@pytest.fixture(scope="session")
def breakable_server() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture
async def valkey(breakable_server: ValkeyServer) -> AsyncIterator[ValkeyServer]:
    """Well and empty at first; the test may break it and read its counters."""
    breakable_server.revive()
    async with connect(breakable_server.url, timeout=PATIENT) as client:
        await client.flushall()
        await client.config_resetstat()
    yield breakable_server
    breakable_server.revive()
