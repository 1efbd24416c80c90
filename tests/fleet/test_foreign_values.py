"""What others put into the fleet's places in Redis costs no operator an answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from app.infrastructure.cache import Entry
from app.infrastructure.cache.codec import Codec
from tests.fleet.conftest import Twins
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import body, post, said, streamed

MEMBERS, DESIRED, HISTORY = "gatehouse:{fleet}:members", "gatehouse:{fleet}:desired", "gatehouse:history:"
CACHE = "gatehouse:cache:"
ANSWERS = f"{CACHE}answer:*"
CARD = {"v": 1, "id": "foreign", "host": "h", "pid": 1, "started": 1.0, "version": "1"}
BREAKER = "/internal/resilience/circuit-breakers/trial.qa/force-open"
ROOMS = (
    "fleet",
    "cache/status",
    "cache/invalidation-stats",
    "cache/invalidation-recommendations",
    "monitoring/overview",
    "resilience/config",
    "resilience/dashboard",
    "resilience/monitoring/usage-statistics",
    "resilience/monitoring/preset-trends/simple",
    "resilience/monitoring/performance-metrics",
    "resilience/monitoring/alerts",
    "resilience/monitoring/export",
)
STREAMS = ("invalidations", "changes", "usage", "alerts", "audit", "benchmarks")
BENCHMARKS = ("benchmark", "history", "report")
NO_RUN = [(run, 404) for run in BENCHMARKS]


@pytest.fixture
def redis(redis: Redis, twins: Twins) -> Iterator[Redis]:
    """Without what the test has stored of a desired state and a history when it is over."""
    yield redis
    redis.delete(DESIRED, *(HISTORY + stream for stream in STREAMS))
    # The processes write the former state back, which all later services on this Redis would obey.
    settings = {"settings_again": True, "reason": "a test"}
    assert twins[0].operator.put("/internal/resilience/config", json=settings).status_code == 200


def failing(service: Service) -> dict[str, int]:
    """The rooms of the operators that cannot be read."""
    rooms = {room: service.operator.get(f"/internal/{room}").status_code for room in ROOMS}
    runs = {run: service.operator.get(f"/internal/resilience/performance/{run}").status_code for run in BENCHMARKS}
    return {room: status for room, status in (rooms | runs).items() if status != 200 and (room, status) not in NO_RUN}


@pytest.mark.parametrize("wrong", [{"pid": -1}, {"started": 1e300}, {"host": "h" * 5000}, {}])
def test_a_foreign_member_is_nobody(twins: Twins, redis: Redis, wrong: dict[str, Any]) -> None:
    service, _ = twins
    [(_, latest)] = redis.zrange(MEMBERS, -1, -1, withscores=True)
    redis.zadd(MEMBERS, {json.dumps(CARD | wrong): latest if wrong else float("inf")})
    assert failing(service) == {}
    assert "foreign" not in {one["id"] for one in service.operator.get("/internal/fleet").json()["instances"]}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"selector": 5, "removed": "x", "complete": 1},
        {"selector": "all", "removed": 10**18, "complete": True},
        {"preset": "zzz", "custom": 1, "reason": 2, "until": "x"},
        {"at": "x", "counts": 5},
        {"instance": "x", "report": {"results": []}},
    ],
)
def test_a_foreign_record_of_the_history_is_passed_over(twins: Twins, redis: Redis, record: dict[str, Any]) -> None:
    for stream in STREAMS:
        redis.xadd(HISTORY + stream, {"record": json.dumps(record)})
    assert failing(twins[0]) == {}


def test_a_change_of_the_preset_that_is_still_to_come_counts_from_now(twins: Twins, redis: Redis) -> None:
    """As when the clock of Redis is ahead."""
    record = {"preset": "simple", "custom": False, "reason": "a test", "until": None}
    redis.xadd(f"{HISTORY}changes", {"record": json.dumps(record)}, id="4000000000000-0")
    assert failing(twins[0]) == {}


@pytest.mark.parametrize(
    "foreign",
    [
        {"generation": 2**63, "document": {}},
        {"generation": 2**52, "document": {"forced": []}},
        {"generation": 2**52, "document": {"forced": {"x": 5}}},
        {"generation": 2**52, "document": {"forced": {"trial.qa": {"until": "x"}}}},
        {"generation": 2**52, "document": {"config": 5}},
        {"generation": 2**52, "document": {"config": {"preset": "simple", "custom": None, "until": "x"}}},
    ],
)
def test_a_foreign_desired_state_refuses_changes_until_it_is_gone(
    twins: Twins, redis: Redis, foreign: dict[str, Any]
) -> None:
    service, _ = twins
    wish = {"preset": "simple", "reason": "a test"}
    before = service.operator.put("/internal/resilience/config", json=wish).json()["change"]["generation"]
    redis.set(DESIRED, json.dumps({"v": 1} | foreign))
    assert failing(service) == {}
    for refused in (
        service.operator.put("/internal/resilience/config", json=wish),
        service.operator.post(BREAKER, json={"seconds": 5, "reason": "a test"}),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "fleet_unavailable")
    redis.delete(DESIRED)
    done = service.operator.put("/internal/resilience/config", json=wish).json()["change"]
    assert done["generation"] == before + 1


@pytest.mark.parametrize("forged", [b'\xff\xfe\n"x"', b"m\nnot json", b"m\n[1,2]", b'"x"', b"m" * 5000 + b'\n"x"'])
def test_an_entry_that_is_no_answer_is_a_miss_even_under_the_right_checksum(
    twins: Twins, redis: Redis, model: ModelServer, forged: bytes
) -> None:
    one, other = twins
    for path in ("process", "stream"):
        request = body()
        before = set(redis.scan_iter(match=ANSWERS))
        result = post(one, request).json()["result"]
        [name] = set(redis.scan_iter(match=ANSWERS)) - before
        key = name.decode().removeprefix(CACHE)
        redis.set(name, Codec().encode(key, Entry(forged, 4e9, 4e9)))
        reply = post(other, request).json()["result"] if path == "process" else said(streamed(other, request))
        assert reply == result


def test_a_batch_whose_state_somebody_else_has_written_is_nobodys(twins: Twins, redis: Redis) -> None:
    one, other = twins
    batch = one.client.post("/v1/trial/batch_process", json={"requests": [body()]}).json()["batch_id"]
    path = f"/v1/trial/batch_status/{batch}"
    assert other.client.get(path).json()["completed"] == 1
    [name] = [key for key in redis.scan_iter(match=f"{CACHE}batch:*") if batch in key.decode()]
    redis.set(name, Codec().encode(name.decode().removeprefix(CACHE), Entry(b"<script>", 4e9, 4e9)))
    assert other.client.get(path).status_code == 404
