"""A server for all tests, one that a test may break, and a namespace for each test."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from app.infrastructure.cache.redis import connect
from tests.support.clock import FakeClock
from tests.support.valkey import ValkeyServer, redis_url, valkey_server

PATIENT = 5.0
"""Seconds; for tests in which Redis is well and a busy machine must not look like an outage."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def namespace() -> str:
    return f"gatehouse-test-{secrets.token_hex(4)}:"


@pytest.fixture(scope="session")
def shared_url() -> Iterator[str]:
    with redis_url() as url:
        yield url


@pytest.fixture
async def client(shared_url: str, namespace: str) -> AsyncIterator[Redis]:
    async with connect(shared_url, timeout=PATIENT) as client:
        yield client
        async for key in client.scan_iter(match=f"{namespace}*"):
            await client.unlink(key)


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
