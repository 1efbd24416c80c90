"""What a fleet promises, alone or through Redis."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.clock import SystemClock
from app.core.errors import InternalError, NotFound
from app.infrastructure.fleet import SoloFleet
from app.infrastructure.fleet.fleet import this_process
from tests.infrastructure.fleet.helpers import HEARTBEAT, Node, Nodes, counted, setting, until


@pytest.fixture(params=["solo", "redis"])
async def node(request: pytest.FixtureRequest, nodes: Nodes) -> AsyncIterator[Node]:
    if request.param == "redis":
        yield (await nodes.join(1))[0]
        return
    clock = SystemClock()
    fleet = SoloFleet(this_process("1.0", clock.now()), clock, heartbeat=HEARTBEAT)
    await fleet.start()
    yield Node(fleet, [])
    await fleet.aclose()


async def test_a_process_is_in_its_own_fleet(node: Node) -> None:
    roster = await node.fleet.instances()
    (me,) = roster.instances
    assert roster.connected
    assert (me.id, me.host, me.pid, me.version) == (node.id, node.fleet.me.host, node.fleet.me.pid, "1.0")
    assert me.heartbeat >= me.started - 1


async def test_it_answers_itself(node: Node) -> None:
    assert (await node.fleet.ask("name")).replies == {node.id: node.id}
    assert (await node.fleet.ask("name", instance=node.id)).complete


async def test_an_answer_is_what_json_makes_of_it(node: Node) -> None:
    node.fleet.on("echo", lambda args: {"args": args, "pair": (1, 2)})
    said = await node.fleet.ask("echo", {"a": [None, "ü"]})
    assert said.replies == {node.id: {"args": {"a": [None, "ü"]}, "pair": [1, 2]}}


@pytest.mark.parametrize("answer", [object(), "x" * 1_048_577], ids=["no JSON", "too large"])
async def test_an_answer_that_cannot_be_sent_is_a_failure_of_this_instance(node: Node, answer: Any) -> None:
    node.fleet.on("odd", lambda _: answer)
    assert isinstance((await node.fleet.ask("odd")).failed[node.id], InternalError)


async def test_an_error_that_the_house_knows_reaches_whoever_asked(node: Node) -> None:
    said = await node.fleet.ask("fail", "named")
    assert isinstance(said.failed[node.id], NotFound)
    assert str(said.failed[node.id]) == "No such breaker."
    assert not said.complete


async def test_any_other_error_keeps_its_details(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    said = await node.fleet.ask("fail")
    assert isinstance(said.failed[node.id], InternalError)
    assert "business" not in str(said.failed[node.id])
    assert "ZeroDivisionError" in caplog.text


async def test_a_topic_that_nobody_handles_is_a_failure(node: Node) -> None:
    assert isinstance((await node.fleet.ask("unheard")).failed[node.id], NotFound)


async def test_an_instance_that_nobody_knows_is_not_found(node: Node) -> None:
    with pytest.raises(NotFound):
        await node.fleet.ask("name", instance="nobody")


async def test_a_topic_has_one_handler(node: Node) -> None:
    with pytest.raises(ValueError, match="name"):
        node.fleet.on("name", lambda _: None)


@pytest.mark.parametrize("local", [False, True])
async def test_a_change_is_applied_once(node: Node, local: bool) -> None:
    change = await node.fleet.tell("tell", {"a": 1}, local=local)
    assert node.told == [{"a": 1}]
    assert (change.applied, change.replies, change.local) == ((node.id,), {node.id: 1}, local)


async def test_each_desired_change_builds_on_the_one_before_it(node: Node) -> None:
    changes = [await node.fleet.desire(counted) for _ in range(3)]
    assert [change.generation for change in changes] == node.generations == [1, 2, 3]
    assert all(change.applied == (node.id,) and change.complete and not change.local for change in changes)
    assert node.document == {"count": 3}


async def test_who_keeps_and_alters_a_document_alters_nothing_here(node: Node) -> None:
    await node.fleet.desire(setting(a=[1]))
    node.document["a"].append(2)
    await node.fleet.desire(counted)
    assert node.document == {"a": [1], "count": 1}


async def test_a_change_that_is_refused_changes_nothing(node: Node) -> None:
    def refuse(document: dict[str, Any]) -> dict[str, Any]:
        document["a"] = 1
        raise NotFound("No such preset.")

    with pytest.raises(NotFound):
        await node.fleet.desire(refuse)
    await node.fleet.desire(counted)
    assert node.obeyed == [(1, {"count": 1})]


@pytest.mark.parametrize("value", [object(), "x" * 65_536], ids=["no JSON", "too large"])
async def test_a_document_that_cannot_be_stored_is_refused(node: Node, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the two have no words in common
        await node.fleet.desire(setting(a=value))
    assert node.obeyed == []


async def test_what_cannot_be_applied_is_a_failure_of_this_instance(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("not now")

    node.fleet.on_desired(fail)
    change = await node.fleet.desire(counted)
    assert (change.applied, set(change.failed), change.generation) == ((), {node.id}, 1)
    assert "not now" in caplog.text


async def test_a_local_change_lasts_until_the_next_one_for_all(node: Node) -> None:
    await node.fleet.desire(setting(a=1))
    for _ in range(2):
        change = await node.fleet.desire(counted, local=True)
        assert (change.generation, change.local, change.applied) == (1, True, (node.id,))
    assert node.document == {"a": 1, "count": 2}
    ticks = node.ticks
    await until(lambda: node.ticks > ticks + 2)
    assert node.document == {"a": 1, "count": 2}
    await node.fleet.desire(setting(b=2))
    assert node.document == {"a": 1, "b": 2}


async def test_a_callback_that_fails_does_not_stop_the_heartbeat(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    node.fleet.on_tick(fail)
    ticks = node.ticks
    await until(lambda: node.ticks > ticks + 2)
    assert "a callback of the fleet failed" in caplog.text


async def test_it_says_whether_it_is_shared(node: Node) -> None:
    assert node.fleet.shared is not isinstance(node.fleet, SoloFleet)
