"""Real processes, where it matters that they can be killed and paused."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.infrastructure.fleet.helpers import Node, Nodes, counted, ids, listed, missing, until

ROOT = Path(__file__).parents[3]


class Member:
    """A process of its own in the fleet of these nodes."""

    def __init__(self, nodes: Nodes) -> None:
        arguments = [sys.executable, "-m", "tests.infrastructure.fleet.member", nodes.url, nodes.namespace]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT)

    async def joined(self) -> None:
        assert self.process.stdout is not None
        self.id = (await asyncio.to_thread(self.process.stdout.readline)).decode().strip()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
async def fleet(nodes: Nodes) -> AsyncIterator[tuple[Node, Member]]:
    (one,) = await nodes.join(1)
    other = Member(nodes)
    await other.joined()
    yield one, other
    other.end()


async def hasty_node(nodes: Nodes) -> Node:
    """For calls that will not all be answered."""
    node = await nodes.make(patience=1)
    await node.fleet.start()
    return node


async def lists(node: Node, *expected: str) -> None:
    async def listed_so() -> bool:
        return listed(await node.fleet.instances()) == {*expected}

    await until(listed_so)


async def test_another_process_answers(fleet: tuple[Node, Member]) -> None:
    one, other = fleet
    assert (await one.fleet.ask("name")).replies == {one.id: one.id, other.id: other.id}
    pids = {instance.id: instance.pid for instance in (await one.fleet.instances()).instances}
    assert pids[other.id] == other.process.pid != pids[one.id]


async def test_a_process_that_is_stopped_leaves_at_once(fleet: tuple[Node, Member]) -> None:
    one, other = fleet
    other.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(other.process.wait) == 0
    assert listed(await one.fleet.instances()) == ids(one)


async def test_a_killed_process_is_unreachable_until_it_expires(nodes: Nodes, fleet: tuple[Node, Member]) -> None:
    one, other = fleet
    hasty = await hasty_node(nodes)
    other.process.kill()
    said = await hasty.fleet.ask("name")
    assert (set(said.replies), missing(said)) == (ids(one, hasty), {other.id})
    await lists(one, one.id, hasty.id)
    assert (await one.fleet.ask("name")).complete


async def test_a_paused_process_is_unreachable_and_catches_up(nodes: Nodes, fleet: tuple[Node, Member]) -> None:
    one, other = fleet
    hasty = await hasty_node(nodes)
    other.process.send_signal(signal.SIGSTOP)
    told = await hasty.fleet.tell("tell", "while paused")
    desired = await hasty.fleet.desire(counted)
    assert missing(told) == missing(desired) == {other.id}
    assert set(desired.applied) == ids(one, hasty)
    await lists(one, one.id, hasty.id)
    assert (await hasty.fleet.desire(counted)).complete

    other.process.send_signal(signal.SIGCONT)
    await lists(one, one.id, hasty.id, other.id)
    change = await one.fleet.desire(counted)
    assert other.id in change.applied
    (seen,) = (await one.fleet.ask("seen", instance=other.id)).replies.values()
    assert seen["told"] == ["while paused"]
    assert seen["generations"][-1] == change.generation == 3
    assert seen["generations"] == sorted(seen["generations"])
