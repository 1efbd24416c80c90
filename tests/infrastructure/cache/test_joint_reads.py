import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.infrastructure.cache.joint_reads import JointReads
from app.infrastructure.cache.redis import connect
from tests.support.valkey import PATIENT, ValkeyServer


async def round_trips(client: Redis) -> int:
    return int((await client.info("stats"))["total_reads_processed"])


async def test_reads_of_one_moment_share_a_round_trip_and_each_gets_its_own_value(valkey: ValkeyServer) -> None:
    async with connect(valkey.url, timeout=PATIENT) as client:
        reads = JointReads(client)
        for number in range(20):
            await client.set(f"k{number}", f"v{number}")
        before = await round_trips(client)
        found = await asyncio.gather(*(reads.get(f"k{number}") for number in range(21)))
        assert await round_trips(client) - before == 2  # ours, and the question itself
    assert found == [*(f"v{number}".encode() for number in range(20)), None]


async def test_an_error_for_one_key_is_that_reader_s_alone(valkey: ValkeyServer) -> None:
    async with connect(valkey.url, timeout=PATIENT) as client:
        reads = JointReads(client)
        await client.set("text", "v")
        await client.lpush("list", "v")
        text, wrong = await asyncio.gather(reads.get("text"), reads.get("list"), return_exceptions=True)
    assert text == b"v"
    assert isinstance(wrong, ResponseError)


async def test_a_reader_who_leaves_takes_nothing_from_the_others(valkey: ValkeyServer) -> None:
    async with connect(valkey.url, timeout=PATIENT) as client:
        reads = JointReads(client)
        await client.set("k", "v")
        leaving, staying = asyncio.create_task(reads.get("k")), asyncio.create_task(reads.get("k"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == b"v"
    assert leaving.cancelled()


async def test_a_trip_that_fails_fails_for_all_who_wait(valkey: ValkeyServer) -> None:
    valkey.kill()
    async with connect(valkey.url, timeout=PATIENT) as client:
        reads = JointReads(client)
        failures = await asyncio.gather(reads.get("a"), reads.get("b"), return_exceptions=True)
        assert all(isinstance(failure, (RedisError, OSError)) for failure in failures)
        valkey.restart()
        assert await reads.get("a") is None


@pytest.mark.parametrize("turns", [1, 3])
async def test_later_reads_make_a_trip_of_their_own(valkey: ValkeyServer, turns: int) -> None:
    async with connect(valkey.url, timeout=PATIENT) as client:
        reads = JointReads(client)
        await client.set("k", "v")
        before = await round_trips(client)
        assert [await reads.get("k") for _ in range(turns)] == [b"v"] * turns
        assert await round_trips(client) - before == turns + 1
