"""One suite for both histories."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from app.core.clock import SystemClock
from app.core.errors import FleetUnavailable
from app.infrastructure.cache.redis import connect
from app.infrastructure.fleet import History, MemoryHistory
from app.infrastructure.fleet.redis_history import RedisHistory
from tests.support.valkey import PATIENT, ValkeyServer

MOST = 200


@pytest.fixture(params=["memory", "redis"])
async def history(request: pytest.FixtureRequest, shared_url: str) -> AsyncIterator[History]:
    if request.param == "memory":
        yield MemoryHistory(SystemClock(), MOST)
        return
    namespace = f"gatehouse-test-{secrets.token_hex(4)}:"
    async with connect(shared_url, timeout=PATIENT) as client:
        yield RedisHistory(client, MOST, namespace)
        async for key in client.scan_iter(f"{namespace}*"):
            await client.unlink(key)


async def write(history: History, *numbers: int) -> None:
    for number in numbers:
        await history.append("s", {"n": number})


async def numbers(history: History, since: float = 0.0, limit: int = 1000) -> list[int]:
    return [record["n"] for record in await history.read("s", since, limit)]


async def test_the_newest_comes_first(history: History) -> None:
    await write(history, 1, 2, 3)
    assert await numbers(history) == [3, 2, 1]
    assert await numbers(history, limit=2) == [3, 2]


async def test_a_record_comes_back_as_it_was_with_its_time(history: History) -> None:
    before = SystemClock().now()
    await history.append("s", {"words": "späť", "nested": {"list": [1, None, True]}})
    (record,) = await history.read("s")
    assert before - 1 <= record.pop("at") <= SystemClock().now() + 1
    assert record == {"words": "späť", "nested": {"list": [1, None, True]}}


async def apart(history: History) -> float:
    """Three records of which the last two are later than the first; the time of the second."""
    await write(history, 1)
    (first,) = await history.read("s")
    second = first
    while second["at"] == first["at"]:
        await history.clear("probe")
        await history.append("probe", {})
        (second,) = await history.read("probe")
    await write(history, 2, 3)
    moment: float = (await history.read("s"))[1]["at"]
    return moment


async def test_a_reader_may_go_on_from_where_it_was(history: History) -> None:
    moment = await apart(history)
    assert await numbers(history, since=moment) == [3, 2]
    assert await numbers(history, since=moment + 1000) == []


async def test_what_is_older_can_be_cleared(history: History) -> None:
    moment = await apart(history)
    assert await history.clear("s", before=moment) == 1
    assert await numbers(history) == [3, 2]


async def test_everything_can_be_cleared(history: History) -> None:
    await write(history, 1, 2)
    await history.append("other", {"n": 0})
    assert await history.clear("s") == 2
    assert await numbers(history) == []
    assert len(await history.read("other")) == 1
    assert await history.clear("s") == 0


async def test_a_stream_that_nobody_wrote_is_empty(history: History) -> None:
    assert await history.read("never") == []
    assert await history.clear("never") == await history.clear("never", before=1e12) == 0


async def test_the_oldest_make_room(history: History) -> None:
    await write(history, *range(3 * MOST))
    kept = await numbers(history)
    assert MOST <= len(kept) <= MOST + 100
    assert kept == list(range(3 * MOST))[::-1][: len(kept)]


@pytest.mark.parametrize("value", [object(), "x" * 65_536], ids=["no JSON", "too large"])
async def test_a_record_that_cannot_be_kept_is_logged(
    history: History, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    await history.append("s", {"n": value})
    assert await history.read("s") == []
    assert "a record of s is lost" in caplog.text


async def test_many_writers_lose_nothing(history: History) -> None:
    await asyncio.gather(*(history.append("s", {"n": number}) for number in range(100)))
    assert sorted(await numbers(history)) == list(range(100))


async def test_the_history_of_the_fleet_outlives_a_process(shared_url: str) -> None:
    namespace = f"gatehouse-test-{secrets.token_hex(4)}:"
    for written in (1, 2):
        async with connect(shared_url, timeout=PATIENT) as client:
            await write(RedisHistory(client, MOST, namespace), written)
    async with connect(shared_url, timeout=PATIENT) as client:
        history = RedisHistory(client, MOST, namespace)
        assert await numbers(history) == [2, 1]
        await client.unlink(f"{namespace}s")


async def test_foreign_entries_of_a_stream_are_passed_over(shared_url: str) -> None:
    namespace = f"gatehouse-test-{secrets.token_hex(4)}:"
    async with connect(shared_url, timeout=PATIENT) as client:
        history = RedisHistory(client, MOST, namespace)
        for field, value in (("other", "1"), ("record", b"\xff"), ("record", "[]")):
            await client.xadd(f"{namespace}s", {field: value})
        await write(history, 1)
        assert await numbers(history) == [1]
        await client.unlink(f"{namespace}s")


async def test_without_redis_a_record_is_logged_as_lost_and_readers_are_told(
    valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(valkey.url) as client:
        history = RedisHistory(client)
        valkey.kill()
        await write(history, 1)
        assert "a record of s is lost" in caplog.text
        with pytest.raises(FleetUnavailable):
            await history.read("s")
        with pytest.raises(FleetUnavailable):
            await history.clear("s")
