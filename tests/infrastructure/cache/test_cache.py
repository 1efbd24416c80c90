"""What every backend promises alike."""

import pytest
from redis.asyncio import Redis

from app.core.events import CacheDropped, CacheLookup
from app.infrastructure.cache import Cache, MemoryCache, TieredCache
from app.infrastructure.cache.cache import Tier
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.redis import RedisCache
from tests.infrastructure.cache.helpers import entry
from tests.support.clock import FakeClock

AnyCache = Cache | TieredCache


def memory_cache(clock: FakeClock, events: list[object]) -> MemoryCache:
    return MemoryCache(100, 1_000_000, clock, events.append)


@pytest.fixture
def redis_cache(client: Redis, clock: FakeClock, events: list[object], namespace: str) -> RedisCache:
    return RedisCache(client, Guard(clock), clock, events.append, namespace=namespace)


@pytest.fixture(params=["memory", "redis", "tiered"])
def cache(request: pytest.FixtureRequest, clock: FakeClock, events: list[object]) -> AnyCache:
    if request.param == "memory":
        return memory_cache(clock, events)
    redis_cache: RedisCache = request.getfixturevalue("redis_cache")
    if request.param == "redis":
        return redis_cache
    return TieredCache(clock, memory_cache(clock, events), redis_cache)


def in_each_tier(number: int | dict[Tier, int | None]) -> set[int | None]:
    return set(number.values()) if isinstance(number, dict) else {number}


async def test_a_key_that_was_never_put_is_a_miss(cache: AnyCache, events: list[object]) -> None:
    assert await cache.get("answer:none") is None
    assert {event.result for event in events if isinstance(event, CacheLookup)} == {"miss"}


async def test_an_entry_comes_back_as_it_was_put(cache: AnyCache, events: list[object]) -> None:
    await cache.put("answer:a", entry(b'{"text": "\xc3\xa9"}'))
    assert await cache.get("answer:a") == entry(b'{"text": "\xc3\xa9"}')
    assert [event.result for event in events if isinstance(event, CacheLookup)] == ["hit"]


async def test_a_later_put_replaces_an_earlier_one(cache: AnyCache) -> None:
    await cache.put("answer:a", entry(b"1"))
    await cache.put("answer:a", entry(b"2"))
    assert await cache.get("answer:a") == entry(b"2")


async def test_an_entry_is_stale_from_the_moment_its_freshness_ends(
    cache: AnyCache, clock: FakeClock, events: list[object]
) -> None:
    await cache.put("answer:a", entry(fresh=60, stale=600))
    clock.advance(59.5)
    found = await cache.get("answer:a")
    assert found is not None
    assert found.fresh(clock.now())
    clock.advance(0.5)
    stale = await cache.get("answer:a")
    assert stale == found
    assert not stale.fresh(clock.now())
    assert [event.result for event in events if isinstance(event, CacheLookup)][-1] == "stale"


async def test_an_entry_is_gone_when_its_staleness_ends(cache: AnyCache, clock: FakeClock) -> None:
    await cache.put("answer:a", entry(fresh=60, stale=600))
    clock.advance(599.5)
    assert await cache.get("answer:a")
    clock.advance(0.5)
    assert await cache.get("answer:a") is None


async def test_an_entry_that_is_over_when_put_is_not_found(cache: AnyCache) -> None:
    await cache.put("answer:a", entry(fresh=-20, stale=-10))
    assert await cache.get("answer:a") is None


async def test_dropping_a_prefix_removes_what_starts_with_it_and_nothing_else(
    cache: AnyCache, events: list[object]
) -> None:
    for key in ("answer:text.one:1", "answer:text.one:2", "answer:text.two:1", "batch:answer:text.one:1"):
        await cache.put(key, entry())
    assert in_each_tier(await cache.count("answer:text.one:")) == {2}
    assert in_each_tier(await cache.drop("answer:text.one:")) == {2}
    assert {event.count for event in events if isinstance(event, CacheDropped)} == {2}
    assert await cache.get("answer:text.one:1") is None
    assert await cache.get("answer:text.two:1")
    assert await cache.get("batch:answer:text.one:1")


async def test_counting_removes_nothing(cache: AnyCache) -> None:
    await cache.put("answer:a", entry())
    await cache.count("answer:")
    assert await cache.get("answer:a")


async def test_the_empty_prefix_drops_everything(cache: AnyCache) -> None:
    await cache.put("answer:a", entry())
    await cache.put("batch:b", entry())
    assert in_each_tier(await cache.drop("")) == {2}
    assert in_each_tier(await cache.count("")) == {0}


@pytest.mark.parametrize("prefix", ["a*", "a?", "[ab]", "[^a]", "a\\", "a\\*", "]", "a-b"])
async def test_a_prefix_with_glob_characters_is_taken_literally(cache: AnyCache, prefix: str) -> None:
    for key in ("a", "ab:1", "axb:1", "b:1", "a-:1"):
        await cache.put(key, entry())
    await cache.put(f"{prefix}:1", entry())
    assert in_each_tier(await cache.count(prefix)) == {1}
    assert in_each_tier(await cache.drop(prefix)) == {1}
    assert in_each_tier(await cache.count("")) == {5}


async def test_the_status_counts_lookups_by_result(cache: AnyCache, clock: FakeClock) -> None:
    await cache.put("answer:a", entry())
    await cache.get("answer:a")
    await cache.get("answer:none")
    clock.advance(100)
    await cache.get("answer:a")
    status = await cache.status()
    first = status[0] if isinstance(status, list) else status
    assert first.lookups == {"hit": 1, "miss": 1, "stale": 1, "error": 0}
    assert first.state == "up"
    assert first.entries
