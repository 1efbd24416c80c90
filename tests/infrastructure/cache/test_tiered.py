import asyncio

import pytest

from app.infrastructure.cache import Entry, MemoryCache, TieredCache
from tests.infrastructure.cache.helpers import entry
from tests.support.clock import FakeClock


class Remote(MemoryCache):
    """A second tier that answers when the test lets it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(100, 1_000_000, clock)
        self.asked, self.answering = asyncio.Event(), asyncio.Event()
        self.answering.set()

    async def get(self, key: str, *, counted: bool = True) -> Entry | None:
        found = await super().get(key)
        self.asked.set()
        await self.answering.wait()
        return found


@pytest.fixture
def l1(clock: FakeClock) -> MemoryCache:
    return MemoryCache(100, 1_000_000, clock)


@pytest.fixture
def l2(clock: FakeClock) -> Remote:
    return Remote(clock)


@pytest.fixture
def cache(clock: FakeClock, l1: MemoryCache, l2: Remote) -> TieredCache:
    return TieredCache(clock, l1, l2)


async def test_what_the_second_tier_finds_is_promoted(cache: TieredCache, l1: MemoryCache, l2: Remote) -> None:
    await l2.put("k", entry())
    assert await cache.get("k") == entry()
    assert await l1.get("k") == entry()


async def test_a_fresh_entry_in_memory_does_not_ask_the_second_tier(
    cache: TieredCache, l1: MemoryCache, l2: Remote
) -> None:
    await l1.put("k", entry())
    await cache.get("k")
    assert not l2.asked.is_set()


async def test_a_stale_entry_in_memory_gives_way_to_a_fresher_one(
    cache: TieredCache, l1: MemoryCache, l2: Remote, clock: FakeClock
) -> None:
    await l1.put("k", entry(b"old", fresh=60))
    await l2.put("k", entry(b"new", fresh=120))
    clock.advance(90)
    assert await cache.get("k") == entry(b"new", fresh=120)
    assert await l1.get("k") == entry(b"new", fresh=120)


async def test_a_stale_entry_in_memory_stays_when_nothing_is_fresher(
    cache: TieredCache, l1: MemoryCache, l2: Remote, clock: FakeClock
) -> None:
    await l1.put("k", entry(b"old", fresh=60))
    await l2.put("k", entry(b"older", fresh=30))
    await l1.put("alone", entry(b"old", fresh=60))
    clock.advance(90)
    assert await cache.get("k") == entry(b"old", fresh=60)
    assert await cache.get("alone") == entry(b"old", fresh=60)


async def test_shared_state_is_read_from_the_second_tier_though_memory_has_it(
    cache: TieredCache, l1: MemoryCache, l2: Remote
) -> None:
    await cache.put("batch", entry(b"1 of 5"))
    await l2.put("batch", entry(b"2 of 5"))
    assert await cache.get_shared("batch") == entry(b"2 of 5")


async def test_shared_state_that_the_second_tier_missed_comes_from_memory(
    cache: TieredCache, l1: MemoryCache, l2: Remote
) -> None:
    await l2.put("batch", entry(b"1 of 5", fresh=60))
    await l1.put("batch", entry(b"2 of 5", fresh=61))
    assert await cache.get_shared("batch") == entry(b"2 of 5", fresh=61)


async def test_a_drop_is_not_undone_by_a_promotion_under_way(cache: TieredCache, l1: MemoryCache, l2: Remote) -> None:
    await l2.put("k", entry())
    l2.answering.clear()
    lookup = asyncio.create_task(cache.get("k"))
    await l2.asked.wait()
    assert await cache.drop("") == {"l1": 0, "l2": 1}
    l2.answering.set()
    assert await lookup == entry()
    assert await cache.get("k") is None


async def test_a_local_drop_leaves_the_second_tier_alone(cache: TieredCache, l1: MemoryCache, l2: Remote) -> None:
    await cache.put("k", entry())
    assert await cache.drop_local("") == 1
    assert await l1.count("") == 0
    assert await l2.count("") == 1


async def test_without_a_second_tier_only_memory_is_reported(clock: FakeClock, l1: MemoryCache) -> None:
    cache = TieredCache(clock, l1)
    await cache.put("k", entry())
    assert await cache.get_shared("k") == await cache.get("k") == entry()
    assert await cache.count("") == {"l1": 1}
    assert await cache.drop("") == {"l1": 1}
    assert [status.tier for status in await cache.status()] == ["l1"]
