"""What a dead, silent or slow Redis costs: never an answer, never an exception, and a few time-outs at most."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from app.infrastructure.cache import MemoryCache, RedisUnavailable, TieredCache
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.redis import RedisCache, connect
from tests.infrastructure.cache.helpers import START, entry, until
from tests.support.clock import FakeClock
from tests.support.proxy import Proxy, proxy_to
from tests.support.valkey import ValkeyServer

Change = Callable[[], Awaitable[None]]


@pytest.fixture
async def proxy(valkey: ValkeyServer) -> AsyncIterator[Proxy]:
    async with proxy_to(valkey.port) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Redis]:
    async with connect(f"redis://127.0.0.1:{proxy.port}") as client:
        yield client


@pytest.fixture
def guard(clock: FakeClock) -> Guard:
    return Guard(clock)


@pytest.fixture
def cache(client: Redis, guard: Guard, clock: FakeClock, events: list[object]) -> RedisCache:
    return RedisCache(client, guard, clock, events.append)


def outage(kind: str, valkey: ValkeyServer, proxy: Proxy) -> tuple[Change, Change]:
    """How to break Redis in this way, and how to mend it."""

    async def set_proxy(latency: float = 0.0, silent: bool = False) -> None:
        proxy.latency, proxy.silent = latency, silent

    async def do(change: Callable[[], None]) -> None:
        change()

    return {
        "killed": (lambda: do(valkey.kill), lambda: do(valkey.restart)),
        "paused": (lambda: do(valkey.pause), lambda: do(valkey.resume)),
        "slow": (lambda: set_proxy(latency=0.5), set_proxy),
        "silent": (lambda: set_proxy(silent=True), set_proxy),
        "cut off": (proxy.cut, proxy.open),
    }[kind]


@pytest.mark.parametrize("kind", ["killed", "paused", "slow", "silent", "cut off"])
async def test_an_outage_is_misses_until_redis_is_back(
    kind: str, valkey: ValkeyServer, proxy: Proxy, cache: RedisCache, guard: Guard, clock: FakeClock
) -> None:
    await cache.put("k", entry())
    assert await cache.get("k")
    hurt, mend = outage(kind, valkey, proxy)

    await hurt()
    for _ in range(3):
        assert await cache.get("k") is None
    assert guard.state == "down"
    await cache.put("k", entry())
    assert (await cache.status()).failed_puts == 1

    await mend()

    async def back() -> bool:
        clock.advance(1)
        await cache.put("k", entry())
        return await cache.get("k") == entry()

    await until(back)
    assert (await cache.status()).state == "up"


async def test_while_redis_is_down_nothing_is_sent_to_it(
    valkey: ValkeyServer, cache: RedisCache, guard: Guard, client: Redis
) -> None:
    valkey.kill()
    for _ in range(3):
        await cache.get("k")
    valkey.restart()
    for _ in range(20):
        await cache.get("k")
        await cache.put("k", entry())
    assert guard.state == "down"
    async with connect(valkey.url) as direct:
        assert not {"cmdstat_get", "cmdstat_set"} & (await direct.info("commandstats")).keys()


async def test_an_operator_is_told_that_redis_is_down(valkey: ValkeyServer, cache: RedisCache) -> None:
    valkey.kill()
    with pytest.raises(RedisUnavailable):
        await cache.drop("answer:")
    with pytest.raises(RedisUnavailable):
        await cache.count("answer:")
    status = await cache.status()
    assert (status.state, status.entries, status.used_memory, status.clients) == ("down", None, None, None)


async def test_a_tiered_drop_says_which_tier_it_could_not_reach(
    valkey: ValkeyServer, cache: RedisCache, clock: FakeClock
) -> None:
    tiered = TieredCache(clock, MemoryCache(10, 100_000, clock), cache)
    await tiered.put("answer:a", entry())
    valkey.kill()
    assert await tiered.count("answer:") == {"l1": 1, "l2": None}
    assert await tiered.drop("answer:") == {"l1": 1, "l2": None}
    assert [status.state for status in await tiered.status()] == ["up", "down"]


async def test_what_memory_holds_is_answered_without_redis(
    valkey: ValkeyServer, cache: RedisCache, clock: FakeClock
) -> None:
    tiered = TieredCache(clock, MemoryCache(10, 100_000, clock), cache)
    valkey.kill()
    await tiered.put("answer:a", entry())
    assert await tiered.get("answer:a") == entry()
    assert await tiered.get_shared("answer:a") == entry()
    clock.advance(60)
    assert await tiered.get("answer:a") == entry()


async def test_since_tells_when_the_outage_began(valkey: ValkeyServer, cache: RedisCache, clock: FakeClock) -> None:
    valkey.kill()
    clock.advance(30)
    for _ in range(3):
        await cache.get("k")
    assert (await cache.status()).since == START + 30
