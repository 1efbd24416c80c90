"""Operators change the policies of a running fleet: four workers on two instances, whole and broken."""

import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx2
import pytest

from tests.fleet.conftest import Twins
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, Service
from tests.support.traffic import ROOT, body
from tests.support.valkey import ValkeyServer, valkey_server

RESILIENCE = "/internal/resilience"
QA = "trial.qa"
DOWN = {"status": 503, "retry_after": 0}
"""How a model fails that wants to be asked again at once."""

Workers = dict[str, httpx2.Client]


@pytest.fixture(scope="module")
def settings(_model: ModelServer) -> Iterator[dict[str, Any]]:
    # A Redis of their own, because who shares a Redis is one fleet.
    with valkey_server() as server:
        yield _model.gemini_env() | {"REDIS_URL": server.url}


@pytest.fixture(scope="module")
def pair(settings: dict[str, Any]) -> Iterator[Twins]:
    with Service(workers=2, **settings) as one, Service(workers=2, **settings) as other:
        yield one, other


@pytest.fixture
async def workers(pair: Twins, model: ModelServer) -> AsyncIterator[Workers]:
    """A connection to each of four workers, by its id; closed breakers, no counts, and the settings in force."""
    await eventually(lambda: all(len(instances(service)) == 4 for service in pair), within=30)
    with ExitStack() as stack:
        found: Workers = {}
        deadline = time.monotonic() + 10
        while len(found) < 4:
            assert time.monotonic() < deadline, "not every worker took a connection"
            for service in pair:
                client = stack.enter_context(service.connect(ADMIN_KEY))
                found.setdefault(worker_of(client), client)
        calm(next(iter(found.values())))
        yield found


def worker_of(client: httpx2.Client) -> str:
    name: str = client.get("/internal/fleet").json()["answered_by"]
    return name


def instances(service: Service) -> dict[str, int]:
    """The process id of each instance in the fleet, asked over a connection of its own."""
    with service.connect(ADMIN_KEY) as client:
        return {each["id"]: each["pid"] for each in client.get("/internal/fleet").json()["instances"]}


def calm(client: httpx2.Client) -> None:
    change(client, settings_again=True)
    for path in (f"circuit-breakers/{QA}/reset", "metrics/reset"):
        assert client.post(f"{RESILIENCE}/{path}").status_code == 200


def read(client: httpx2.Client, path: str) -> dict[str, Any]:
    response = client.get(f"{RESILIENCE}/{path}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def change(client: httpx2.Client, query: str = "", **wanted: Any) -> dict[str, Any]:
    response = client.put(f"{RESILIENCE}/config{query}", json={"reason": "a test", **wanted})
    assert response.status_code == 200, response.text
    done: dict[str, Any] = response.json()["change"]
    return done


def force_open(client: httpx2.Client, seconds: int = 600) -> dict[str, Any]:
    order = {"seconds": seconds, "reason": "a test"}
    response = client.post(f"{RESILIENCE}/circuit-breakers/{QA}/force-open", json=order)
    assert response.status_code == 200, response.text
    done: dict[str, Any] = response.json()
    return done


def in_force(client: httpx2.Client) -> dict[str, tuple[str, int]]:
    """The preset and the generation of each instance."""
    found = read(client, "config")["instances"]
    return {name: (config["preset"], config["generation"]) for name, config in found.items()}


def ask(client: httpx2.Client, text: str | None = None) -> tuple[int, str]:
    """The status of a call, and its error code."""
    response = client.post(f"{ROOT}/process", json=body("qa", text))
    return response.status_code, response.json().get("error", {}).get("code", "")


def reset_everywhere(client: httpx2.Client) -> None:
    """Until every worker has said so: on a busy machine one may take longer than the second that a call waits."""
    for _ in range(10):
        done = client.post(f"{RESILIENCE}/circuit-breakers/{QA}/reset").json()
        if not done["unreachable"]:
            return
    raise AssertionError(f"not every worker could be reached: {done}")


def tries(workers: Workers, model: ModelServer) -> list[int]:
    """How often a failing call of each worker reaches the model."""
    model.reset()
    model.behave(fail=DOWN)
    reset_everywhere(next(iter(workers.values())))
    for name, client in workers.items():
        assert worker_of(client) == name
        ask(client, f"Worker {name} said that tea was late again.")
    said = [str(call["body"]) for call in model.calls()]
    found = Counter(name for name in workers for text in said if f"Worker {name} " in text)
    assert found.total() == len(said)
    return [found[name] for name in workers]


@pytest.mark.parametrize(("preset", "attempts"), [("development", 2), ("production", 5)])
async def test_every_worker_acknowledges_a_preset_and_obeys_it_at_the_model(
    workers: Workers, model: ModelServer, preset: str, attempts: int
) -> None:
    first, *_, last = workers.values()
    assert tries(workers, model) == [3] * 4
    before = in_force(last)
    done = change(first, preset=preset)
    assert set(done["applied"]) == workers.keys()
    assert (done["unreachable"], done["failed"]) == ([], {})
    assert {done["generation"]} == {generation + 1 for _, generation in before.values()}
    assert in_force(last) == dict.fromkeys(workers, (preset, done["generation"]))
    assert tries(workers, model) == [attempts] * 4


async def test_a_wish_ends_in_every_worker(workers: Workers, model: ModelServer) -> None:
    first, *_, last = workers.values()
    done = change(first, preset="production", expires_in=2)
    assert in_force(last) == dict.fromkeys(workers, ("production", done["generation"]))
    # Each over its own connection: one that is silent for five seconds is closed, and the next goes to any worker.
    await eventually(lambda: {in_force(client)[name][0] for name, client in workers.items()} == {"simple"}, within=15)
    assert tries(workers, model) == [3] * 4


async def test_a_forced_opening_is_seen_by_all_and_by_who_comes_late_until_anyone_resets_it(
    workers: Workers, model: ModelServer, settings: dict[str, Any]
) -> None:
    first, *_, last = workers.values()
    assert set(force_open(first)["applied"]) == workers.keys()
    assert {ask(client) for client in workers.values()} == {(503, "circuit_open")}
    with Service(**settings) as late, closing(late.connect(ADMIN_KEY)) as newcomer:
        assert ask(newcomer) == (503, "circuit_open")
        states = {name: row["state"] for name, row in read(newcomer, f"circuit-breakers/{QA}")["instances"].items()}
        assert len(states) == 5
        assert set(states.values()) == {"open"}
        assert model.calls() == []
        done = newcomer.post(f"{RESILIENCE}/circuit-breakers/{QA}/reset").json()
        assert set(done["applied"]) == states.keys()
        assert {ask(client) for client in (*workers.values(), newcomer)} == {(200, "")}
    assert read(last, f"circuit-breakers/{QA}")["state"] == "closed"


async def test_metrics_are_the_sum_of_a_counted_load_whoever_is_asked(workers: Workers, model: ModelServer) -> None:
    for count, client in enumerate(workers.values(), start=1):
        for _ in range(count):
            ask(client)
    for client in workers.values():
        found = read(client, f"metrics/{QA}")
        rows = found["instances"]
        assert [rows[name]["calls"] for name in workers] == [1, 2, 3, 4]
        total = found["total"]
        assert (total["calls"], total["successes"], total["success_rate"]) == (10, 10, 1)
        assert total["p99"] == max(row["p99"] for row in rows.values())
        assert min(row["p50"] for row in rows.values()) <= total["p50"] <= max(row["p50"] for row in rows.values())


async def test_the_successor_of_a_killed_worker_obeys_what_was_wanted_before_it_came(
    workers: Workers, pair: Twins
) -> None:
    first = next(iter(workers.values()))
    done = change(first, preset="production")
    force_open(first)
    victim, pid = next((name, pid) for name, pid in instances(pair[0]).items() if workers[name] is not first)
    os.kill(pid, signal.SIGKILL)
    found = read(first, "config")
    assert (found["unreachable"], len(found["instances"])) == ([victim], 3)
    await eventually(lambda: len(instances(pair[0])) == 4 and victim not in instances(pair[0]), within=30)
    assert set(in_force(first).values()) == {("production", done["generation"] + 1)}
    rows = read(first, f"circuit-breakers/{QA}")["instances"].values()
    assert [row["state"] for row in rows] == ["open"] * 4


async def test_a_paused_instance_is_told_as_unreachable_and_obeys_when_it_runs_again(
    twins: Twins, model: ModelServer
) -> None:
    # One worker each: with more, the supervisor replaces a worker that is silent for five seconds.
    one, other = twins
    calm(one.operator)
    me, paused = (worker_of(service.operator) for service in twins)
    other.process.send_signal(signal.SIGSTOP)
    try:
        done = change(one.operator, preset="production")
        assert (done["applied"], done["unreachable"], done["connected"]) == ([me], [paused], True)
        assert read(one.operator, "metrics")["unreachable"] == [paused]
        alone = one.operator.get(f"{RESILIENCE}/metrics/{QA}", params={"instance": paused}).json()
        assert (alone["unreachable"], alone["instances"], alone["state"]) == ([paused], {}, None)
        force_open(one.operator)
        assert one.operator.post(f"{RESILIENCE}/circuit-breakers/{QA}/reset").json()["unreachable"] == [paused]
    finally:
        other.process.send_signal(signal.SIGCONT)
    await eventually(lambda: in_force(one.operator).get(paused, ("", 0))[0] == "production", within=15)
    assert len(set(in_force(one.operator).values())) == 1
    assert ask(other.operator) == (200, "")
    calm(one.operator)


async def test_without_redis_changes_are_refused_or_local_and_the_former_state_comes_back_with_it(
    twins: Twins, valkey: ValkeyServer, model: ModelServer
) -> None:
    one, other = (service.operator for service in twins)
    calm(one)
    done = change(one, preset="production")
    me, unheard = map(worker_of, (one, other))
    valkey.kill()
    await eventually(lambda: not read(one, "health")["connected"])
    for path in ("health", "health/detailed", "dashboard", "metrics", f"circuit-breakers/{QA}", "config"):
        found = read(one, path)
        assert (found["connected"], found["unreachable"]) == (False, [unheard]), path
    for refused in (
        one.put(f"{RESILIENCE}/config", json={"preset": "simple", "reason": "a test"}),
        one.post(f"{RESILIENCE}/circuit-breakers/{QA}/reset"),
        one.post(f"{RESILIENCE}/metrics/reset"),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "fleet_unavailable")
    here = change(one, "?local=true", preset="development")
    assert (here["local"], here["applied"], here["generation"]) == (True, [me], done["generation"])
    assert in_force(one) == {me: ("development", done["generation"])}
    assert in_force(other) == {unheard: ("production", done["generation"])}
    valkey.restart()
    await eventually(lambda: len(in_force(one)) == len(in_force(other)) == 2, within=15)
    again = change(other, preset="simple")
    assert set(again["applied"]) == {me, unheard}
    assert in_force(one) == dict.fromkeys((me, unheard), ("simple", again["generation"]))
    assert again["generation"] > done["generation"]
