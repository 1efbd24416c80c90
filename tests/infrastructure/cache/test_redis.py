import asyncio
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from app.core.events import CacheLookup
from app.infrastructure.cache import Entry
from app.infrastructure.cache.codec import Codec
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.redis import RedisCache, connect
from tests.infrastructure.cache.helpers import START, entry
from tests.support.clock import FakeClock
from tests.support.valkey import ValkeyServer


@pytest.fixture
def cache(client: Redis, clock: FakeClock, events: list[object], namespace: str) -> RedisCache:
    return RedisCache(client, Guard(clock), clock, events.append, Codec(100, max_bytes=5000), namespace)


async def test_bodies_over_the_threshold_are_stored_compressed(
    cache: RedisCache, client: Redis, namespace: str
) -> None:
    await cache.put("plain", entry(b"x" * 100))
    await cache.put("packed", entry(b"x" * 1000))
    assert b"x" * 100 in (await client.get(f"{namespace}plain") or b"")
    packed = await client.strlen(f"{namespace}packed")
    assert packed < 100
    status = await cache.status()
    assert status.written_bytes == 1100
    assert status.stored_bytes == packed + await client.strlen(f"{namespace}plain")


async def test_redis_forgets_an_entry_when_its_staleness_ends(cache: RedisCache, client: Redis, namespace: str) -> None:
    await cache.put("k", entry(stale=600))
    assert 590_000 < await client.pttl(f"{namespace}k") <= 600_000


@pytest.mark.parametrize("value", [b"", b"{}", b"\x80\x04cos\nsystem\n.", b"GH\x01", b"x" * 6000])
async def test_a_foreign_value_is_a_miss_and_an_event(
    cache: RedisCache, client: Redis, namespace: str, events: list[object], value: bytes
) -> None:
    await client.set(f"{namespace}k", value)
    assert await cache.get("k") is None
    assert events == [CacheLookup("l2", "error")]


async def test_a_value_of_another_type_is_a_miss_and_an_event(
    cache: RedisCache, client: Redis, namespace: str, events: list[object]
) -> None:
    await client.lpush(f"{namespace}k", "item")
    assert await cache.get("k") is None
    assert events == [CacheLookup("l2", "error")]


async def test_an_oversize_body_is_not_stored(cache: RedisCache, client: Redis, namespace: str) -> None:
    await cache.put("k", entry(b"x" * 5001))
    assert not await client.exists(f"{namespace}k")


async def test_many_keys_are_dropped_in_batches(cache: RedisCache, client: Redis, namespace: str) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for number in range(1300):
            pipe.set(f"{namespace}answer:{number}", b"", ex=60)
        await pipe.execute()
    assert await cache.count("answer:") == 1300
    assert await cache.drop("answer:") == 1300
    assert await cache.count("") == 0


async def test_dropping_everything_spares_other_namespaces(cache: RedisCache, client: Redis, namespace: str) -> None:
    neighbour = RedisCache(client, Guard(FakeClock()), FakeClock(), namespace=f"{namespace}*")
    await neighbour.put("k", entry())
    await cache.put("k", entry())
    assert await neighbour.drop("") == 1
    assert await cache.get("k")


async def test_a_lookup_is_one_command_on_a_connection_that_costs_none(valkey: ValkeyServer, clock: FakeClock) -> None:
    async with connect(valkey.url) as client:
        cache = RedisCache(client, Guard(clock), clock)
        for _ in range(5):
            await cache.get("k")
        assert await commands(client) == {"get": 5}


async def commands(client: Redis) -> dict[str, int]:
    """How often each command ran since the server was last reset."""
    stats = await client.info("commandstats")
    return {name.removeprefix("cmdstat_"): figures["calls"] for name, figures in stats.items() if "config" not in name}


async def test_a_put_that_redis_refuses_is_counted_and_lookups_go_on(valkey: ValkeyServer, clock: FakeClock) -> None:
    async with connect(valkey.url) as client:
        guard = Guard(clock)
        cache = RedisCache(client, guard, clock)
        await cache.put("kept", entry())
        await client.config_set("maxmemory", 1)
        try:
            for _ in range(5):
                await cache.put("refused", entry())
            assert await cache.get("kept") == entry()
        finally:
            await client.config_set("maxmemory", 0)
        status = await cache.status()
        assert (status.state, status.failed_puts) == ("up", 5)


async def test_the_status_shows_the_server(valkey: ValkeyServer, clock: FakeClock) -> None:
    async with connect(valkey.url) as client:
        cache = RedisCache(client, Guard(clock), clock)
        await cache.put("k", entry())
        status = await cache.status()
        assert (status.state, status.since, status.entries, status.evictions) == ("up", START, 1, 0)
        assert status.clients
        assert status.used_memory
        assert status.used_memory > 100_000


async def test_more_lookups_at_once_than_connections_wait_their_turn(client: Redis, clock: FakeClock) -> None:
    pool = client.connection_pool
    assert pool.max_connections == 64
    cache = RedisCache(client, Guard(clock), clock, namespace="unused:")
    found: list[Entry | None] = await asyncio.gather(*(cache.get(str(number)) for number in range(500)))
    assert (await cache.status()).lookups["miss"] == len(found)


def test_the_client_is_not_imported_before_redis_is_used() -> None:
    program = "import sys, app.infrastructure.cache; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
