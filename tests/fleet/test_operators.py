"""The operators' rooms in front of four workers on two instances, whole and broken."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from tests.fleet.conftest import Twins
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, Service
from tests.support.traffic import ROOT, Body, body, post
from tests.support.valkey import ValkeyServer, valkey_server

INVALIDATE = "/internal/cache/invalidate"
Workers = dict[str, httpx2.Client]


@pytest.fixture(scope="module")
def _quad(_model: ModelServer) -> Iterator[Twins]:
    # A Redis of their own, because who shares a Redis is one fleet.
    with valkey_server() as server:
        settings = _model.gemini_env() | {"REDIS_URL": server.url}
        with Service(workers=2, **settings) as one, Service(workers=2, **settings) as other:
            yield one, other


@pytest.fixture
async def quad(_quad: Twins) -> Twins:
    """Two instances of two workers each, with one Redis and one model."""
    await eventually(lambda: all(len(listed(service)) == 4 for service in _quad), within=30)
    return _quad


@pytest.fixture
def workers(quad: Twins) -> Iterator[Workers]:
    """A connection to each worker, by its id."""
    with ExitStack() as stack:
        found: Workers = {}
        deadline = time.monotonic() + 10
        while len(found) < 4:
            assert time.monotonic() < deadline, "not every worker took a connection"
            for service in quad:
                client = stack.enter_context(service.connect(ADMIN_KEY))
                found.setdefault(client.get("/internal/fleet").json()["answered_by"], client)
        yield found


def read(service: Service, path: str) -> dict[str, Any]:
    """Asked over a connection of its own, which any worker may take."""
    with service.connect(ADMIN_KEY) as client:
        response = client.get(f"/internal/{path}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def listed(service: Service) -> dict[str, int]:
    """The process id of each instance in the fleet."""
    return {each["id"]: each["pid"] for each in read(service, "fleet")["instances"]}


def connected(service: Service) -> bool:
    return bool(read(service, "fleet")["connected"])


def forget(service: Service, path: str = INVALIDATE) -> httpx2.Response:
    return service.operator.post(path, json={"operation": "summarize"})


def answers(clients: Workers, request: Body) -> list[tuple[str, str]]:
    """What each worker says, and whether it was a hit."""
    said = [client.post(f"{ROOT}/process", json=request) for client in clients.values()]
    return [(response.json()["result"], response.headers["x-cache"]) for response in said]


async def test_every_worker_lists_all_four(quad: Twins, workers: Workers) -> None:
    rosters = [client.get("/internal/fleet").json()["instances"] for client in workers.values()]
    assert [{each["id"] for each in roster} for roster in rosters] == [workers.keys()] * 4
    assert len({each["pid"] for each in rosters[0]}) == 4
    assert not {each["pid"] for each in rosters[0]} & {service.process.pid for service in quad}


async def test_an_invalidation_survives_in_no_workers_memory(workers: Workers, quad: Twins, model: ModelServer) -> None:
    request = body("summarize")
    model.behave(text="The former answer.")
    assert {said for said, _ in answers(workers, request)} == {"The former answer."}
    assert answers(workers, request) == [("The former answer.", "hit")] * 4
    model.behave(text="The new answer.")
    assert answers(workers, request) == [("The former answer.", "hit")] * 4
    done = forget(quad[0]).json()
    assert set(done["applied"]) == workers.keys()
    assert (done["removed"], done["memory"]) == ({"l1": 4, "l2": 1}, dict.fromkeys(workers, 1))
    assert answers(workers, request) == [("The new answer.", "miss"), *[("The new answer.", "hit")] * 3]
    assert len(model.calls()) == 2


async def test_the_overview_has_the_traffic_of_every_worker(workers: Workers, quad: Twins, model: ModelServer) -> None:
    before = read(quad[0], "monitoring/overview")["last_five_minutes"]["requests"]
    for client in workers.values():
        client.post(f"{ROOT}/process", json=body())
    after = read(quad[1], "monitoring/overview")
    assert after["last_five_minutes"]["requests"] == before + 4
    assert after["instances"].keys() == workers.keys()


async def test_a_killed_worker_is_told_as_unreachable_and_its_successor_joins(quad: Twins) -> None:
    one, other = quad
    before = listed(one)
    victim = next(name for name, pid in before.items() if pid in children(other))
    os.kill(before[victim], signal.SIGKILL)
    found = read(one, "monitoring/overview")
    assert (found["unreachable"], found["instances_alive"], found["connected"]) == ([victim], 3, True)
    assert read(one, "monitoring/health")["status"] == "degraded"
    await eventually(lambda: len(listed(one)) == 4 and victim not in listed(one), within=30)
    assert read(one, "monitoring/overview")["unreachable"] == []


async def test_a_paused_instance_is_unreachable_and_obeys_when_it_runs_again(twins: Twins, model: ModelServer) -> None:
    # One worker each: with more, the supervisor replaces a worker that is silent for five seconds.
    one, other = twins
    await eventually(lambda: len(listed(one)) == 2, within=15)
    request = body("summarize")
    model.behave(text="The former answer.")
    assert {post(service, request).json()["result"] for service in twins} == {"The former answer."}
    paused = read(other, "fleet")["answered_by"]
    other.process.send_signal(signal.SIGSTOP)
    try:
        assert read(one, "cache/status")["unreachable"] == [paused]
        done = forget(one).json()
        assert (done["applied"], done["unreachable"]) == ([read(one, "fleet")["answered_by"]], [paused])
        assert read(one, "cache/invalidation-stats")["incomplete"] == 1
        model.behave(text="The new answer.")
    finally:
        other.process.send_signal(signal.SIGCONT)
    await eventually(lambda: post(other, request).json()["result"] == "The new answer.")


async def test_without_redis_reads_say_so_and_changes_are_refused_or_local(
    twins: Twins, valkey: ValkeyServer, model: ModelServer
) -> None:
    one, other = twins
    await eventually(lambda: len(listed(one)) == 2, within=15)
    me, unheard = (read(service, "fleet")["answered_by"] for service in (one, other))
    request = body("summarize")
    post(one, request)
    valkey.kill()
    await eventually(lambda: not connected(one))
    for path in ("monitoring/health", "monitoring/overview", "monitoring/spend", "cache/status", "cache/metrics"):
        found = read(one, path)
        assert (found["connected"], list(found["instances"]), found["unreachable"]) == (False, [me], [unheard]), path
    refused = forget(one)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "fleet_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert post(one, request).headers["x-cache"] == "hit"
    done = forget(one, f"{INVALIDATE}?local=true").json()
    assert (done["local"], done["connected"], done["applied"]) == (True, True, [me])
    assert (done["memory"].keys(), done["removed"]["l2"]) == ({me}, None)
    assert post(one, request).headers["x-cache"] == "miss"
    log = one.output()
    assert "'refused': 'fleet_unavailable'" in log
    assert "'local': True" in log
    valkey.restart()
    await eventually(lambda: connected(one) and connected(other), within=15)


def children(service: Service) -> set[int]:
    """The process ids of the workers of a service."""
    group = service.process.pid
    return {pid for pid in listed(service).values() if os.getpgid(pid) == group}
