"""Several processes through a Redis that is well."""

import asyncio
import json

import pytest

from app.core.errors import FleetUnavailable
from app.core.events import FleetChanged, FleetMessageIgnored
from tests.infrastructure.fleet.helpers import Node, Nodes, counted, ids, listed, setting, until

FOREIGN = [b"", b"\xff\x00", b"null", b"[]", b"{}", b'{"v": 2}', b'{"v": 1, "kind": "call"}', b"[" * 50_000]


async def test_every_process_sees_all(nodes: Nodes) -> None:
    made = await nodes.join(4)
    for node in made:
        roster = await node.fleet.instances()
        assert listed(roster) == ids(*made)
        assert roster.connected
        started = [instance.started for instance in roster.instances]
        assert started == sorted(started)


async def test_every_process_is_asked(nodes: Nodes) -> None:
    made = await nodes.join(4)
    said = await made[0].fleet.ask("name")
    assert said.replies == {node.id: node.id for node in made}
    assert said.complete


async def test_one_process_is_asked_and_no_other(nodes: Nodes) -> None:
    one, two, three = await nodes.join(3)
    said = await one.fleet.ask("tell", "for two", instance=two.id)
    assert said.replies == {two.id: 1}
    assert (one.told, two.told, three.told) == ([], ["for two"], [])


async def test_a_change_reaches_every_process_once(nodes: Nodes) -> None:
    made = await nodes.join(4)
    change = await made[1].fleet.tell("tell", {"prefix": "answer:"})
    assert set(change.applied) == ids(*made)
    assert change.complete
    assert [node.told for node in made] == [[{"prefix": "answer:"}]] * 4


async def test_a_local_change_reaches_no_other(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    assert (await one.fleet.tell("tell", local=True)).applied == (one.id,)
    await one.fleet.desire(counted, local=True)
    await one.fleet.ask("name")
    assert (len(one.told), two.told) == (1, [])
    assert (one.document, two.document) == ({"count": 1}, {})


async def test_a_failure_of_one_leaves_the_answers_of_the_others(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    one.fleet.on("half", lambda _: 1)
    said = await two.fleet.ask("half")
    assert (said.replies, set(said.failed), said.complete) == ({one.id: 1}, {two.id}, False)


async def test_a_slow_handler_delays_no_other_question(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_: object) -> str:
        begun.set()
        await may_end.wait()
        return "done"

    two.fleet.on("slow", slow)
    asking = asyncio.create_task(one.fleet.ask("slow", instance=two.id))
    await begun.wait()
    assert (await one.fleet.ask("name")).complete
    may_end.set()
    assert (await asking).replies == {two.id: "done"}


async def test_a_call_too_large_to_send_is_refused(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    with pytest.raises(ValueError, match="1048576"):
        await one.fleet.tell("tell", "x" * 1_048_577)
    assert (one.told, two.told) == ([], [])


async def test_who_stops_is_gone_at_once(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    assert listed(await one.fleet.instances()) == ids(one, two)
    await two.fleet.aclose()
    assert listed(await one.fleet.instances()) == ids(one)
    assert (await one.fleet.ask("name")).complete


async def test_a_fleet_that_stopped_leaves_no_task_behind(nodes: Nodes) -> None:
    before = asyncio.all_tasks()
    made = await nodes.join(2)
    await made[0].fleet.tell("tell")
    for node in made:
        await node.fleet.aclose()
    assert asyncio.all_tasks() == before


async def test_a_late_process_obeys_before_its_start_returns(nodes: Nodes) -> None:
    one, _ = await nodes.join(2)
    for _ in range(3):
        await one.fleet.desire(counted)
    late = await nodes.make()
    await late.fleet.start()
    assert late.obeyed == [(3, {"count": 3})]
    assert late.reconnects == 0


async def test_every_process_acknowledges_what_is_desired(nodes: Nodes) -> None:
    made = await nodes.join(4)
    change = await made[2].fleet.desire(setting(preset="production"))
    assert set(change.applied) == ids(*made)
    assert (change.generation, change.complete) == (1, True)
    assert [node.obeyed for node in made] == [[(1, {"preset": "production"})]] * 4


async def test_concurrent_changes_are_all_made_one_after_the_other(nodes: Nodes) -> None:
    made = await nodes.join(4)
    changes = await asyncio.gather(*(node.fleet.desire(counted) for node in made for _ in range(10)))
    assert sorted(change.generation for change in changes) == list(range(1, 41))
    assert all(set(change.applied) == ids(*made) for change in changes)
    for node in made:
        assert node.document == {"count": 40}
        assert node.generations == sorted(set(node.generations))


async def test_who_cannot_apply_is_named_and_tries_again(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    one, two = await nodes.join(2)
    broken = True

    def apply(*_: object) -> None:
        if broken:
            raise RuntimeError("not now")

    two.fleet.on_desired(apply)
    change = await one.fleet.desire(counted)
    assert (change.applied, set(change.failed)) == ((one.id,), {two.id})
    assert "generation 1" in str(change.failed[two.id])
    assert "not now" in caplog.text
    broken = False

    async def acknowledged() -> bool:
        return (await two.fleet.tell("name", local=True)).generation == 1

    await until(acknowledged)


async def test_a_generation_that_redis_forgot_is_brought_back(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    for _ in range(3):
        await one.fleet.desire(counted)
    await nodes.client.unlink(nodes.namespace + "desired")
    assert (await two.fleet.desire(counted)).generation == 4
    assert one.document == two.document == {"count": 4}


async def test_an_old_generation_in_redis_never_comes_back(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    key = nodes.namespace + "desired"
    await one.fleet.desire(setting(a="old"))
    old = await nodes.client.get(key)
    assert old is not None
    await one.fleet.desire(setting(a="new"))
    await nodes.client.set(key, old)
    await until(lambda: _stored(nodes, 2))
    assert [node.obeyed for node in (one, two)] == [[(1, {"a": "old"}), (2, {"a": "new"})]] * 2


async def _stored(nodes: Nodes, generation: int) -> bool:
    raw = await nodes.client.get(nodes.namespace + "desired")
    return raw is not None and json.loads(raw)["generation"] == generation


async def test_two_documents_of_one_generation_are_settled_for_the_stored_one(nodes: Nodes) -> None:
    """As after a failover that lost the last write."""
    one, two = await nodes.join(2)
    await one.fleet.desire(setting(a="lost"))
    other = {"v": 1, "generation": 1, "document": {"a": "kept"}}
    await nodes.client.set(nodes.namespace + "desired", json.dumps(other))
    await until(lambda: one.document == two.document == {"a": "kept"})


@pytest.mark.parametrize("raw", FOREIGN)
async def test_foreign_bytes_on_a_channel_are_reported_and_nothing_else(nodes: Nodes, raw: bytes) -> None:
    one, two = await nodes.join(2)
    for channel in ("all", one.id):
        await nodes.client.publish(nodes.namespace + channel, raw)
    assert (await one.fleet.ask("name")).complete
    assert _ignored(one) == ["message", "message"]
    assert _ignored(two) == ["message"]


def _ignored(node: Node) -> list[str]:
    return [event.kind for event in node.events if isinstance(event, FleetMessageIgnored)]


async def test_foreign_bytes_among_the_members_are_reported_and_nothing_else(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    heartbeat = (await one.fleet.instances()).instances[0].heartbeat
    await nodes.client.zadd(nodes.namespace + "members", {b"\xffforeign": heartbeat})
    assert listed(await one.fleet.instances()) == ids(one, two)
    assert "member" in _ignored(one)


async def test_a_document_of_another_release_is_left_alone(nodes: Nodes) -> None:
    (one,) = await nodes.join(1)
    await one.fleet.desire(counted)
    newer = b'{"v": 2, "generation": 9, "wanted": {}}'
    await nodes.client.set(nodes.namespace + "desired", newer)
    assert (await one.fleet.ask("name")).complete
    with pytest.raises(FleetUnavailable, match="release"):
        await one.fleet.desire(counted)
    assert await nodes.client.get(nodes.namespace + "desired") == newer
    assert one.document == {"count": 1}
    assert "desired" in _ignored(one)


async def test_what_stays_unreadable_is_reported_once(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    (one,) = await nodes.join(1)
    heartbeat = (await one.fleet.instances()).instances[0].heartbeat
    await nodes.client.zadd(nodes.namespace + "members", {b"foreign": heartbeat})
    for forced in ([], {"x": 5}):
        await nodes.client.set(nodes.namespace + "desired", json.dumps({"document": {"forced": forced}}))
        for _ in range(3):
            assert (await one.fleet.ask("name")).complete
    assert sorted(_ignored(one)) == ["desired", "desired", "member"]
    assert caplog.text.count("and is ignored") == 3


async def test_what_cannot_be_applied_is_logged_once(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    (one,) = await nodes.join(1)
    tries = 0

    def refuse(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise ValueError("there is no such preset")

    one.fleet.on_desired(refuse)
    await one.fleet.desire(counted)
    await until(lambda: tries > 4)
    assert caplog.text.count("could not be applied") == 1


@pytest.mark.parametrize("document", [{"forced": []}, {"config": {"preset": "simple"}}])
async def test_a_document_of_another_shape_is_not_built_upon(nodes: Nodes, document: dict[str, object]) -> None:
    (one,) = await nodes.join(1)
    raw = json.dumps({"generation": 7, "document": document}).encode()
    await nodes.client.set(nodes.namespace + "desired", raw)
    with pytest.raises(FleetUnavailable, match="release"):
        await one.fleet.desire(counted)
    assert await nodes.client.get(nodes.namespace + "desired") == raw
    assert one.document == {}


@pytest.mark.parametrize("generation", [2**53, 2**53 + 1, 2**63])
async def test_no_generation_follows_the_last(nodes: Nodes, generation: int) -> None:
    (one,) = await nodes.join(1)
    await nodes.client.set(nodes.namespace + "desired", json.dumps({"generation": generation}))
    with pytest.raises(FleetUnavailable, match="release"):
        await one.fleet.desire(counted)


@pytest.mark.parametrize("score", ["inf", 1e300, 1e12])
async def test_a_heartbeat_from_the_future_is_no_heartbeat(nodes: Nodes, score: float) -> None:
    one, two = await nodes.join(2)
    card = {"v": 1, "id": "foreign", "host": "h", "pid": 1, "started": 1.0, "version": "1"}
    await nodes.client.zadd(nodes.namespace + "members", {json.dumps(card): score})
    assert listed(await one.fleet.instances()) == ids(one, two)
    assert await nodes.client.zcard(nodes.namespace + "members") == 2


async def test_a_reply_to_nobody_is_no_error(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    reply = {"v": 1, "kind": "reply", "id": "gone", "sender": two.id, "value": 1}
    await nodes.client.publish(nodes.namespace + one.id, json.dumps(reply))
    assert (await one.fleet.ask("name")).complete
    assert _ignored(one) == []


async def test_the_number_of_instances_is_reported_when_it_changes(nodes: Nodes) -> None:
    (one,) = await nodes.join(1)
    (two,) = await nodes.join(1)
    await until(lambda: FleetChanged(2, connected=True) in one.events)
    await two.fleet.aclose()
    await until(lambda: one.events[-1] == FleetChanged(1, connected=True))
    assert one.events == [FleetChanged(count, connected=True) for count in (1, 2, 1)]


async def test_a_fleet_leaves_only_the_desired_state_behind(nodes: Nodes) -> None:
    one, two = await nodes.join(2)
    await one.fleet.desire(counted)
    for node in (one, two):
        await node.fleet.aclose()
    assert [key async for key in nodes.client.scan_iter(f"{nodes.namespace}*")] == [
        f"{nodes.namespace}desired".encode()
    ]
