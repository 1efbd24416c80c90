"""A Redis that dies, falls silent, or comes back empty: nothing waits long, and nothing pretends."""

import asyncio
from collections.abc import Callable

import pytest

from app.core.errors import FleetUnavailable, NotFound
from tests.infrastructure.fleet.helpers import Node, Nodes, counted, ids, listed, missing, setting, until
from tests.support.proxy import proxy_to
from tests.support.valkey import ValkeyServer

OUTAGES = {
    "killed": (ValkeyServer.kill, ValkeyServer.restart),
    "paused": (ValkeyServer.pause, ValkeyServer.resume),
}


@pytest.fixture(params=OUTAGES)
def outage(request: pytest.FixtureRequest, valkey: ValkeyServer) -> tuple[Callable[[], None], Callable[[], None]]:
    hurt, mend = OUTAGES[request.param]
    return lambda: hurt(valkey), lambda: mend(valkey)


async def lose(redis: Callable[[], None], *nodes: Node) -> None:
    redis()
    await until(lambda: not any(node.connected for node in nodes))


async def join_again(redis: Callable[[], None], *nodes: Node) -> None:
    redis()
    for node in nodes:

        async def sees_all(node: Node = node) -> bool:
            return ids(*nodes) <= listed(await node.fleet.instances())

        await until(sees_all)


async def test_a_lost_redis_leaves_each_alone_and_it_says_so(
    fragile: Nodes, outage: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    one, two = await fragile.join(2)
    assert listed(await one.fleet.instances()) == ids(one, two)
    hurt, mend = outage
    hurt()

    said = await one.fleet.ask("name")
    assert (said.replies, missing(said), said.connected, said.complete) == ({one.id: one.id}, {two.id}, False, False)
    roster = await one.fleet.instances()
    assert (listed(roster), roster.connected) == ({one.id}, False)
    assert missing(await one.fleet.ask("name", instance=two.id)) == {two.id}
    with pytest.raises(NotFound):
        await one.fleet.ask("name", instance="nobody")

    await join_again(mend, one, two)
    assert (await one.fleet.ask("name")).complete


async def test_changes_are_refused_unless_they_are_local(
    fragile: Nodes, outage: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    one, two = await fragile.join(2)
    await one.fleet.desire(setting(a=1))
    hurt, mend = outage
    hurt()

    with pytest.raises(FleetUnavailable):
        await one.fleet.tell("tell")
    with pytest.raises(FleetUnavailable):
        await one.fleet.desire(counted)
    assert one.told == []
    assert (await one.fleet.tell("tell", local=True)).applied == (one.id,)
    change = await one.fleet.desire(counted, local=True)
    assert (change.generation, change.local) == (1, True)
    assert (one.document, two.document) == ({"a": 1, "count": 1}, {"a": 1})

    await join_again(mend, one, two)
    assert (await two.fleet.desire(setting(b=2))).generation == 2
    assert one.document == two.document == {"a": 1, "b": 2}


async def test_a_redis_that_comes_back_empty_gets_its_document_back(fragile: Nodes, valkey: ValkeyServer) -> None:
    one, two = await fragile.join(2)
    await one.fleet.desire(counted)
    await one.fleet.desire(counted)
    await lose(valkey.kill, one, two)
    await join_again(valkey.restart, one, two)
    assert (await two.fleet.desire(counted)).generation == 3
    assert one.generations == two.generations == [1, 2, 3]
    late = await fragile.make()
    await late.fleet.start()
    assert late.obeyed == [(3, {"count": 3})]


async def test_who_may_have_missed_something_is_told_once_it_hears_again(fragile: Nodes, valkey: ValkeyServer) -> None:
    one, two = await fragile.join(2)
    assert (one.reconnects, two.reconnects) == (0, 0)
    await lose(valkey.kill, one, two)
    assert (one.reconnects, two.reconnects) == (0, 0)
    await join_again(valkey.restart, one, two)
    await until(lambda: one.reconnects == two.reconnects == 1)


async def test_ticks_go_on_without_redis(fragile: Nodes, valkey: ValkeyServer) -> None:
    (one,) = await fragile.join(1)
    await lose(valkey.kill, one)
    ticks = one.ticks
    await until(lambda: one.ticks > ticks + 2)


async def test_a_process_starts_without_redis_and_joins_later(fragile: Nodes, valkey: ValkeyServer) -> None:
    valkey.kill()
    one, two = await fragile.join(2)
    assert (await one.fleet.ask("name")).replies == {one.id: one.id}
    assert not one.connected
    await join_again(valkey.restart, one, two)
    await until(lambda: one.reconnects == two.reconnects == 1)


async def test_a_process_stops_without_redis(fragile: Nodes, valkey: ValkeyServer) -> None:
    before = asyncio.all_tasks()
    (one,) = await fragile.join(1)
    await lose(valkey.pause, one)
    await one.fleet.aclose()
    assert asyncio.all_tasks() == before


async def test_a_change_written_before_redis_was_lost_is_no_failure(fragile: Nodes, valkey: ValkeyServer) -> None:
    one, two = await fragile.join(2)
    killed = False

    def kill(*_: object) -> None:
        nonlocal killed
        if not killed:
            killed = True
            valkey.kill()

    one.fleet.on_desired(kill)  # runs once the document is stored, before the others are told
    change = await one.fleet.desire(counted)
    assert (change.applied, missing(change), change.connected) == ((one.id,), {two.id}, False)
    await join_again(valkey.restart, one, two)
    await until(lambda: two.obeyed == [(1, {"count": 1})])


async def test_redis_lost_in_the_middle_of_a_call_makes_the_others_unreachable(
    fragile: Nodes, valkey: ValkeyServer
) -> None:
    one, two = await fragile.join(2)

    async def kill(_: object) -> None:
        valkey.kill()

    two.fleet.on("kill", kill)
    one.fleet.on("kill", lambda _: "here")
    change = await one.fleet.tell("kill")
    assert (change.applied, missing(change)) == ((one.id,), {two.id})


async def test_changes_made_while_redis_restarts_are_each_made_or_refused(fragile: Nodes, valkey: ValkeyServer) -> None:
    """A refused one may have been made all the same, when only Redis' answer was lost."""
    made = await fragile.join(3)
    kept = refused = 0

    async def change_often(node: Node) -> None:
        nonlocal kept, refused
        for _ in range(20):
            try:
                await node.fleet.desire(counted)
                kept += 1
            except FleetUnavailable:
                refused += 1
            await asyncio.sleep(0.01)

    changing = [asyncio.create_task(change_often(node)) for node in made]
    await until(lambda: kept >= 6)
    valkey.pause()
    await until(lambda: refused >= 1)
    valkey.resume()
    await asyncio.gather(*changing)
    await join_again(valkey.resume, *made)
    final = await made[0].fleet.desire(counted)
    assert all(node.document == made[0].document for node in made)
    assert kept + 1 <= final.generation == made[0].document["count"] <= kept + refused + 1
    for node in made:
        assert node.generations == sorted(set(node.generations))


async def test_a_connection_that_falls_silent_is_noticed(fragile: Nodes, valkey: ValkeyServer) -> None:
    async with proxy_to(valkey.port) as proxy, Nodes(f"redis://127.0.0.1:{proxy.port}", timeout=0.5) as behind:
        (one,) = await behind.join(1)
        proxy.silent = True
        await until(lambda: not one.connected)
        proxy.silent = False
        await until(lambda: one.connected)
        await until(lambda: one.reconnects == 1)
