"""A clock, a list of events, and a namespace of its own in Redis for each test."""

import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.infrastructure.cache.redis import connect
from tests.support.clock import FakeClock
from tests.support.valkey import PATIENT


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def namespace() -> str:
    return f"gatehouse-test-{secrets.token_hex(4)}:"


@pytest.fixture
async def client(shared_url: str, namespace: str) -> AsyncIterator[Redis]:
    async with connect(shared_url, timeout=PATIENT) as client:
        yield client
        async for key in client.scan_iter(match=f"{namespace}*"):
            await client.unlink(key)
