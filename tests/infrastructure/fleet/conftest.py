"""A server for all tests, one that a test may break, and nodes that join and leave."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.infrastructure.cache.redis import connect
from tests.infrastructure.fleet.helpers import PATIENT, Nodes
from tests.support.valkey import ValkeyServer, redis_url, valkey_server


@pytest.fixture(scope="session")
def shared_url() -> Iterator[str]:
    with redis_url() as url:
        yield url


@pytest.fixture
async def nodes(shared_url: str) -> AsyncIterator[Nodes]:
    """Processes of one fleet on a Redis that is well."""
    async with Nodes(shared_url, timeout=PATIENT) as nodes:
        yield nodes


@pytest.fixture(scope="session")
def breakable_server() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture
async def valkey(breakable_server: ValkeyServer) -> AsyncIterator[ValkeyServer]:
    """Well and empty at first; the test may break it."""
    breakable_server.revive()
    async with connect(breakable_server.url, timeout=PATIENT) as client:
        await client.flushall()
    yield breakable_server
    breakable_server.revive()


@pytest.fixture
async def fragile(valkey: ValkeyServer) -> AsyncIterator[Nodes]:
    """Processes of one fleet on the Redis that the test may break."""
    async with Nodes(valkey.url, timeout=0.5, patience=2) as nodes:
        yield nodes
