"""One limit for many processes: never more than promised, and a share of it without Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from app.core.clock import SystemClock
from app.core.errors import RateLimited
from app.core.events import Events, FleetChanged
from app.infrastructure.cache.redis import connect
from app.infrastructure.security.shared_limits import LEASE_SECONDS, SharedLimit
from tests.support.clock import FakeClock
from tests.support.valkey import ValkeyServer, valkey_server


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    with valkey_server() as running:
        yield running


@pytest.fixture
async def client(server: ValkeyServer) -> AsyncIterator[Redis]:
    server.revive()
    async with connect(server.url, timeout=2) as connected:
        yield connected
    server.revive()


class Member:
    """One process's view of a limit; `asked` counts its round trips."""

    def __init__(self, client: Redis, limit: int, window: int, name: str, clock: FakeClock | None = None) -> None:
        self.events, self.name = Events(), name
        self.limit = SharedLimit(client, limit, window, clock or SystemClock(), self.events, name=name)

    async def passes(self, cost: int = 1, key: str = "a") -> bool:
        try:
            await self.limit.spend(key, cost)
        except RateLimited:
            return False
        return True


def fleet(client: Redis, limit: int, window: int, size: int = 3, clock: FakeClock | None = None) -> list[Member]:
    name = secrets.token_hex(4)
    return [Member(client, limit, window, name, clock) for _ in range(size)]


async def asked(client: Redis) -> int:
    calls = await client.info("commandstats")
    return sum(calls[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in calls)


@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
async def test_a_burst_at_all_members_passes_exactly_the_limit(client: Redis, limit: int) -> None:
    members = fleet(client, limit, 36_000)
    passed = await asyncio.gather(*(member.passes() for _ in range(limit) for member in members))
    left = [await member.passes() for member in members for _ in range(limit)]
    assert sum(passed) + sum(left) == limit


async def test_members_by_turns_pass_exactly_the_limit(client: Redis) -> None:
    members = fleet(client, 60, 36_000)
    assert sum([await members[n % 3].passes() for n in range(300)]) == 60


async def test_nothing_is_lost_when_requests_come_slowly(client: Redis) -> None:
    clock = FakeClock()
    members = fleet(client, 100, 36_000, clock=clock)
    passed = 0
    for number in range(200):
        passed += await members[number % 3].passes()
        if number % 7 == 0:
            clock.advance(LEASE_SECONDS * 1.5)
    assert passed == 100


async def test_a_busy_caller_costs_few_round_trips(client: Redis) -> None:
    [member] = fleet(client, 100_000, 60, size=1)
    before = await asked(client)
    assert all([await member.passes() for _ in range(5000)])
    assert await asked(client) - before < 50


async def test_a_batch_takes_all_it_needs_or_nothing(client: Redis) -> None:
    one, other = fleet(client, 10, 36_000, size=2)
    assert await one.passes(8)
    assert not await other.passes(3)
    assert await other.passes(2)
    assert not await other.passes(11)


async def test_the_allowance_counts_down_over_the_fleet(client: Redis) -> None:
    one, other = fleet(client, 10, 36_000, size=2)
    left = [await member.limit.spend("a") for member in (one, other, one, other)]
    assert [allowance.remaining for allowance in left if allowance] == [9, 8, 7, 6]
    looked = await other.limit.spend("a", 0)
    assert looked is not None
    assert looked.remaining == 6


async def test_waiting_as_long_as_told_is_enough(client: Redis) -> None:
    one, other = fleet(client, 10, 2, size=2)
    assert await one.passes(10)
    with pytest.raises(RateLimited) as caught:
        await other.limit.spend("a")
    assert 0 < (caught.value.retry_after or 0) <= 0.2
    deadline = asyncio.get_running_loop().time() + 5
    while not await other.passes():
        assert asyncio.get_running_loop().time() < deadline


async def test_who_has_nothing_left_is_refused_everywhere_without_counting(client: Redis) -> None:
    one, other = fleet(client, 2, 36_000, size=2)
    for _ in range(5):
        await other.limit.refuse_if_spent("a")
    assert await one.passes(2)
    with pytest.raises(RateLimited):
        await other.limit.refuse_if_spent("a")
    await other.limit.refuse_if_spent("b")


async def test_without_redis_each_member_has_its_share(client: Redis, server: ValkeyServer) -> None:
    members = fleet(client, 30, 36_000)
    for member in members:
        member.events(FleetChanged(3, connected=True))
    server.kill()
    for member in members:
        member.events(FleetChanged(1, connected=False))
    assert [sum([await member.passes() for _ in range(30)]) for member in members] == [10, 10, 10]


async def test_members_share_again_when_redis_is_back(client: Redis, server: ValkeyServer) -> None:
    clock = FakeClock()
    one, other = fleet(client, 10, 36_000, size=2, clock=clock)
    server.kill()
    assert await one.passes()
    server.restart()
    clock.advance(2)
    assert await one.passes(10)
    assert not await other.passes()


@pytest.mark.parametrize("held", ["inf", "-inf", "nan", "1e15", "tea", ""])
async def test_a_moment_that_no_bucket_can_have_is_an_empty_bucket(client: Redis, held: str) -> None:
    one, other = fleet(client, 10, 36_000, size=2)
    await one.passes()
    [name] = [name async for name in client.scan_iter(match=f"*{one.name}*")]
    await client.set(name, held)
    assert await other.passes(10)
    with pytest.raises(RateLimited) as caught:
        await other.limit.spend("a")
    assert 0 < (caught.value.retry_after or 0) <= 3600


async def test_a_bucket_of_another_type_is_an_empty_one(client: Redis) -> None:
    one, other = fleet(client, 10, 36_000, size=2)
    await one.passes()
    [name] = [name async for name in client.scan_iter(match=f"*{one.name}*")]
    await client.delete(name)
    await client.rpush(name, "tea")
    assert await other.passes(10)
    assert not await one.passes()


async def test_a_bucket_lies_there_under_the_callers_id_until_it_is_full(client: Redis) -> None:
    [member] = fleet(client, 10, 36_000, size=1)
    await member.passes(key="key-1234567890")
    [name] = [name async for name in client.scan_iter(match="*:key-1234567890")]
    assert 3590 <= await client.ttl(name) <= 3601
