"""Sharing among replicas: each has its own client, guard and flights, as two processes would."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.core.clock import SystemClock
from app.core.errors import AppError, ProviderBusy, named
from app.core.events import FlightFollowed
from app.infrastructure.cache import SingleFlight
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.lease import Lease
from app.infrastructure.cache.redis import connect
from tests.infrastructure.cache.helpers import WITHIN, settled, until
from tests.support.valkey import PATIENT, ValkeyServer

LEASE = "gatehouse:flight:k"


class Replica:
    """`share` works until `may_end`, then puts the answer where all replicas look, or fails."""

    def __init__(self, client: Redis, timeout: float = 60) -> None:
        self.client = client
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None
        self.keeps = True
        self.calls = 0
        self.events: list[object] = []
        clock = SystemClock()
        lease = Lease(client, Guard(clock), clock, self.events.append, lives=0.5, timeout=timeout)
        self.flights = SingleFlight(self.events.append, lease)

    def ask(self) -> asyncio.Task[tuple[str, bool]]:
        return asyncio.create_task(asyncio.wait_for(self.flights.share("k", self._work, self._look), WITHIN))

    async def following(self) -> bool:
        return FlightFollowed("fleet") in self.events

    async def _work(self) -> str:
        self.calls += 1
        self.begun.set()
        await self.may_end.wait()
        if self.failure:
            raise self.failure
        if self.keeps:
            await self.client.set("answers:k", "answer", ex=60)
        return "answer"

    async def _look(self) -> str | None:
        found = await self.client.get("answers:k")
        return found.decode() if isinstance(found, bytes) else None


@pytest.fixture
async def replicas(valkey: ValkeyServer) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            client = await stack.enter_async_context(connect(valkey.url, timeout=PATIENT))
            made.append(Replica(client))
            stack.push_async_callback(made[-1].flights.aclose)
        yield made


async def lead_and_follow(leader: Replica, follower: Replica) -> tuple[asyncio.Task[tuple[str, bool]], ...]:
    leading = leader.ask()
    await leader.begun.wait()
    following = follower.ask()
    await until(follower.following)
    return leading, following


async def test_two_replicas_do_one_work(replicas: list[Replica]) -> None:
    one, two = replicas
    one.may_end.set()
    two.may_end.set()
    answers = await asyncio.gather(*(replica.ask() for replica in replicas for _ in range(10)))
    assert [value for value, _ in answers] == ["answer"] * 20
    assert [led for _, led in answers].count(True) == 1
    assert one.calls + two.calls == 1


async def test_a_follower_finds_what_the_leader_put_in_the_cache(replicas: list[Replica]) -> None:
    one, two = replicas
    leading, following = await lead_and_follow(one, two)
    one.may_end.set()
    assert await leading == ("answer", True)
    assert await following == ("answer", False)
    assert two.events == [FlightFollowed("fleet")]
    assert not await one.client.exists(LEASE)


async def test_a_flight_leaves_no_task_behind(replicas: list[Replica]) -> None:
    one, _ = replicas
    before = asyncio.all_tasks()
    one.may_end.set()
    await one.ask()
    await settled()
    assert asyncio.all_tasks() == before


async def test_an_answer_made_since_the_callers_own_lookup_is_not_made_again(replicas: list[Replica]) -> None:
    one, two = replicas
    one.may_end.set()
    await one.ask()
    assert await two.ask() == ("answer", False)
    assert two.calls == 0


async def test_a_follower_works_itself_when_the_leader_kept_nothing(replicas: list[Replica]) -> None:
    one, two = replicas
    one.keeps = False
    leading, following = await lead_and_follow(one, two)
    two.may_end.set()
    one.may_end.set()
    assert await leading == await following == ("answer", True)


async def test_a_failure_is_the_same_for_those_who_waited_in_another_replica(replicas: list[Replica]) -> None:
    one, two = replicas
    one.failure = ProviderBusy("Slow down.", retry_after=7.5)
    leading, following = await lead_and_follow(one, two)
    one.may_end.set()
    for task in (leading, following):
        with pytest.raises(ProviderBusy, match=r"^Slow down\.$") as caught:
            await task
        assert caught.value.retry_after == 7.5
    assert two.calls == 0


async def test_a_failure_before_they_came_does_not_concern_newcomers(replicas: list[Replica]) -> None:
    one, two = replicas
    one.failure = ProviderBusy()
    one.may_end.set()
    with pytest.raises(ProviderBusy):
        await one.ask()
    assert 0 < await one.client.pttl(LEASE) <= 1000
    two.may_end.set()
    assert await two.ask() == ("answer", True)


async def test_an_unknown_failure_of_a_newer_replica_is_still_a_failure(replicas: list[Replica]) -> None:
    one, two = replicas
    following = await follow_a_stranger(one.client, two)
    await one.client.set(LEASE, b'!["not_known_here", "Something new.", null]', px=1000)
    with pytest.raises(AppError, match="Something new") as caught:
        await following
    assert type(caught.value) is named("not_known_here")


async def follow_a_stranger(client: Redis, follower: Replica) -> asyncio.Task[tuple[str, bool]]:
    """Follow a leader that holds the lease and never says more."""
    await client.set(LEASE, b"stranger")
    following = follower.ask()
    await until(follower.following)
    return following


@pytest.mark.parametrize("value", [b"!", b"!1", b"![]", b"!{", b'!["a", "b", "soon"]', b'!["a", "b", []]', b"!\xff"])
async def test_a_foreign_value_in_the_lease_is_waited_out(replicas: list[Replica], value: bytes) -> None:
    one, two = replicas
    following = await follow_a_stranger(one.client, two)
    await one.client.set(LEASE, value, px=100)
    two.may_end.set()
    assert await following == ("answer", True)


async def test_an_error_that_is_no_apperror_frees_the_lease_for_the_followers(replicas: list[Replica]) -> None:
    one, two = replicas
    one.failure = ZeroDivisionError()
    leading, following = await lead_and_follow(one, two)
    two.may_end.set()
    one.may_end.set()
    with pytest.raises(ZeroDivisionError):
        await leading
    assert await following == ("answer", True)


async def test_a_leader_whose_callers_all_left_is_succeeded(replicas: list[Replica]) -> None:
    one, two = replicas
    leading, following = await lead_and_follow(one, two)
    two.may_end.set()
    leading.cancel()
    assert await following == ("answer", True)


async def test_a_leader_that_was_killed_is_succeeded(valkey: ValkeyServer, replicas: list[Replica]) -> None:
    _, two = replicas
    script = Path(__file__).with_name("leader.py")
    with subprocess.Popen([sys.executable, str(script), valkey.url, "k"], stdout=subprocess.PIPE) as leader:
        assert leader.stdout is not None
        assert await asyncio.to_thread(leader.stdout.readline) == b"working\n"
        following = two.ask()
        await until(two.following)
        assert two.calls == 0
        leader.kill()
    two.may_end.set()
    assert await following == ("answer", True)


async def test_the_lease_is_renewed_while_the_work_runs(replicas: list[Replica]) -> None:
    one, two = replicas
    leading, following = await lead_and_follow(one, two)

    async def renewed_past_its_life() -> bool:
        stats = await one.client.info("commandstats")
        return bool(stats.get("cmdstat_evalsha", {}).get("calls", 0) >= 5)

    await until(renewed_past_its_life)
    assert two.calls == 0
    one.may_end.set()
    assert await leading == ("answer", True)
    assert await following == ("answer", False)


async def test_a_leader_that_lost_its_lease_leaves_the_next_ones_alone(replicas: list[Replica]) -> None:
    one, _ = replicas
    leading = one.ask()
    await one.begun.wait()
    await one.client.set(LEASE, b"stranger")
    one.may_end.set()
    assert await leading == ("answer", True)
    assert await one.client.get(LEASE) == b"stranger"


async def test_a_follower_gives_up_after_its_timeout_and_works_itself(replicas: list[Replica]) -> None:
    one, _ = replicas
    impatient = Replica(one.client, timeout=0.05)
    impatient.may_end.set()
    assert await (await follow_a_stranger(one.client, impatient)) == ("answer", True)
    assert await one.client.get(LEASE) == b"stranger"


async def test_followers_and_leaders_work_on_when_redis_is_lost(valkey: ValkeyServer, replicas: list[Replica]) -> None:
    one, two = replicas
    one.keeps = two.keeps = False
    leading, following = await lead_and_follow(one, two)
    valkey.kill()
    await two.begun.wait()
    one.may_end.set()
    two.may_end.set()
    assert await leading == await following == ("answer", True)


async def test_without_redis_every_replica_leads(valkey: ValkeyServer, replicas: list[Replica]) -> None:
    valkey.kill()
    for replica in replicas:
        replica.keeps = False
        replica.may_end.set()
        assert await replica.ask() == ("answer", True)
