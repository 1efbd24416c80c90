import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.cache.memory import ENTRY_OVERHEAD, MemoryCache
from tests.infrastructure.cache.helpers import entry
from tests.support.clock import FakeClock

ROOM_FOR_TEN = 10 * (ENTRY_OVERHEAD + 100)


def cache_of(max_entries: int = 1000, max_bytes: int = 1_000_000, clock: FakeClock | None = None) -> MemoryCache:
    return MemoryCache(max_entries, max_bytes, clock or FakeClock())


async def test_the_least_recently_used_entry_leaves_when_there_are_too_many() -> None:
    cache = cache_of(max_entries=2)
    await cache.put("a", entry())
    await cache.put("b", entry())
    await cache.get("a")
    await cache.put("c", entry())
    assert await cache.get("b") is None
    assert await cache.get("a")
    assert await cache.get("c")
    assert (await cache.status()).evictions == 1


async def test_entries_leave_when_they_take_too_many_bytes() -> None:
    cache = cache_of(max_bytes=ROOM_FOR_TEN)
    for number in range(11):
        await cache.put(f"{number:x}", entry(b"x" * 99))
    status = await cache.status()
    assert await cache.get("0") is None
    assert (status.entries, status.evictions) == (10, 1)


@pytest.mark.parametrize(("over", "kept"), [(0, True), (1, False)])
async def test_an_entry_over_an_eighth_of_the_bytes_is_not_kept(over: int, kept: bool) -> None:
    cache = cache_of(max_bytes=8 * (ENTRY_OVERHEAD + 101))
    await cache.put("k", entry(b"small"))
    await cache.put("k", entry(b"x" * (100 + over)))
    assert bool(await cache.get("k")) is kept


async def test_an_expired_entry_gives_its_bytes_back_when_it_is_looked_up() -> None:
    clock = FakeClock()
    cache = cache_of(clock=clock)
    await cache.put("k", entry(stale=10))
    clock.advance(10)
    await cache.get("k")
    status = await cache.status()
    assert (status.entries, status.bytes) == (0, 0)


KEYS = ["a", "b", "ab", "long" * 20]
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(KEYS), st.binary(max_size=900)),
    st.tuples(st.just("get"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("drop"), st.sampled_from(KEYS), st.none()),
)


@given(st.lists(STEPS, max_size=40))
async def test_whatever_happens_the_bounds_hold_and_the_bytes_are_those_of_the_entries(
    steps: list[tuple[str, str, bytes | None]],
) -> None:
    cache = cache_of(max_entries=3, max_bytes=8 * 1000)
    for step, key, body in steps:
        if body is not None:
            await cache.put(key, entry(body))
        elif step == "get":
            await cache.get(key)
        else:
            await cache.drop(key)
        status = await cache.status()
        assert status.entries is not None
        assert status.entries <= 3
        assert status.bytes is not None
        assert status.bytes <= 8 * 1000
    kept = {key: found for key in KEYS if (found := await cache.get(key))}
    sizes = [len(key) + len(found.body) + ENTRY_OVERHEAD for key, found in kept.items()]
    assert (await cache.status()).bytes == sum(sizes)
