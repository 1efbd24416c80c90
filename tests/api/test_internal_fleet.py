"""Two processes' worth of service on one Redis, and what operators read and change of both."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from redis import Redis

from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY, TEXT
from tests.support.traffic import body
from tests.support.valkey import ValkeyServer, valkey_server

PROCESS = "/v1/trial/process"
INVALIDATE = "/internal/cache/invalidate"
Pair = tuple[httpx2.Client, httpx2.Client]


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    with valkey_server() as running_server:
        yield running_server


@pytest.fixture
def redis(server: ValkeyServer) -> Iterator[Redis]:
    with Redis.from_url(server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def pair(server: ValkeyServer, redis: Redis) -> Iterator[Pair]:
    """Operators' clients of two services that share an empty Redis."""
    with running(ADMIN_KEY, redis_url=server.url) as one, running(ADMIN_KEY, redis_url=server.url) as other:
        yield one, other


@pytest.fixture
def alone() -> Iterator[httpx2.Client]:
    with running(ADMIN_KEY) as client:
        yield client


def read(client: httpx2.Client, path: str, **query: str) -> dict[str, Any]:
    response = client.get(f"/internal/{path}", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def name_of(client: httpx2.Client) -> str:
    return str(read(client, "fleet")["answered_by"])


def ask(client: httpx2.Client, request: dict[str, Any], key: str = ADMIN_KEY) -> str:
    """Whether the answer was a hit."""
    response = client.post(PROCESS, json=request, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200, response.text
    return str(response.headers["x-cache"])


def forget(client: httpx2.Client, path: str = INVALIDATE, **selector: Any) -> dict[str, Any]:
    response = client.post(path, json=selector)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_each_instance_lists_both_and_says_which_one_it_is(pair: Pair) -> None:
    one, other = (read(client, "fleet") for client in pair)
    assert one["shared"] is one["connected"] is True
    assert [each["id"] for each in one["instances"]] == [each["id"] for each in other["instances"]]
    assert {one["answered_by"], other["answered_by"]} == {each["id"] for each in one["instances"]}
    assert min(each["heartbeat_age"] for each in one["instances"]) == 0


@pytest.mark.parametrize(
    "path", ["monitoring/health", "monitoring/overview", "monitoring/spend", "cache/status", "cache/metrics"]
)
def test_a_read_has_a_row_for_each_instance_or_for_the_chosen_one(pair: Pair, path: str) -> None:
    names = {name_of(client) for client in pair}
    everybody = read(pair[0], path)
    assert (everybody["instances"].keys(), everybody["connected"]) == (names, True)
    assert (everybody["unreachable"], everybody["failed"]) == ([], {})
    other = name_of(pair[1])
    assert list(read(pair[0], path, instance=other)["instances"]) == [other]
    assert pair[0].get(f"/internal/{path}", params={"instance": "nobody"}).status_code == 404


def test_health_tells_the_state_of_each_component(pair: Pair) -> None:
    found = read(pair[0], "monitoring/health")
    assert found["status"] == "healthy"
    for row in found["instances"].values():
        assert row["components"].keys() == {"model", "cache", "resilience"}


def test_spending_is_summed_by_caller_and_told_by_instance(pair: Pair) -> None:
    for client, count in zip(pair, (2, 3), strict=True):
        for _ in range(count):
            ask(client, body(), API_KEY)
    found = read(pair[0], "monitoring/spend")
    [(caller, total)] = found["callers"].items()
    assert total["calls"] == 5
    assert [found["instances"][name_of(client)][caller]["calls"] for client in pair] == [2, 3]


def test_the_overview_counts_the_traffic_of_both(pair: Pair) -> None:
    for client, count in zip(pair, (1, 3), strict=True):
        for _ in range(count):
            ask(client, body())
    pair[0].post(PROCESS, json={"operation": "summarize", "text": "short"})
    found = read(pair[1], "monitoring/overview")
    minute = found["last_minute"]
    assert (minute["requests"], minute["error_share"], minute["refused_share"]) == (5, 0, pytest.approx(1 / 5))
    assert minute["request_rate"] == pytest.approx(5 / minute["seconds"])
    assert 0 < minute["latency_p50"] <= minute["latency_p95"] <= minute["latency_p99"] <= 60
    assert found["last_five_minutes"]["requests"] == 5
    assert (found["instances_alive"], found["open_breakers"], found["alerts"]) == (2, [], [])
    assert all(row["request_rate"] > 0 for row in found["instances"].values())


def test_a_quiet_service_has_no_shares_and_no_times(alone: httpx2.Client) -> None:
    minute = read(alone, "monitoring/overview")["last_minute"]
    for nothing in ("error_share", "degraded_share", "cache_hit_rate", "latency_p95", "time_to_first_token_p50"):
        assert minute[nothing] is None
    assert (minute["requests"], minute["spend_usd_per_hour"]) == (0, 0)


def test_the_numbers_of_redis_are_told_once(pair: Pair, redis: Redis) -> None:
    for client in pair:
        ask(client, {"operation": "summarize", "text": TEXT})
    found = read(pair[0], "cache/status")
    l1, l2 = found["tiers"]
    assert (l1["entries"], l1["lookups"]["hit"], l2["lookups"]["hit"]) == (2, 0, 1)
    assert (l2["state"], l2["entries"]) == ("up", redis.dbsize())
    assert l2["used_memory"] > 0
    assert l2["clients"] >= 2
    for own, shared in found["instances"].values():
        assert (own["entries"], shared["used_memory"], shared["entries"]) == (1, None, None)


def test_cache_metrics_tell_hits_durations_and_savings(pair: Pair) -> None:
    request = {"operation": "summarize", "text": TEXT}
    assert [ask(client, request) for client in (*pair, *pair)] == ["miss", "hit", "hit", "hit"]
    found = read(pair[0], "cache/metrics")
    l1, l2 = found["tiers"]["l1"], found["tiers"]["l2"]
    assert (l1["lookups"]["hit"], l2["lookups"]["hit"]) == (2, 1)
    for tier in (l1, l2):
        assert tier["hit_rate"] == pytest.approx(tier["lookups"]["hit"] / sum(tier["lookups"].values()))
    assert found["recent"]["hit_rate"] == pytest.approx(3 / sum(l1["lookups"].values()))
    # Who wins the lease looks once more, which is no look-up of its own.
    assert l2["operations"]["get"]["count"] == sum(l2["lookups"].values()) + 1
    assert l2["operations"]["put"]["count"] == 1
    assert l2["operations"]["get"]["mean_seconds"] > 0
    assert l1["operations"] == {}
    compression = found["compression"]
    assert compression["saved_bytes"] == compression["written_bytes"] - compression["stored_bytes"]
    assert compression["ratio"] == pytest.approx(compression["stored_bytes"] / compression["written_bytes"])
    assert found["invalidations"] == {"count": 0, "removed": 0}
    forget(pair[1], all=True)
    assert read(pair[0], "cache/metrics")["invalidations"] == {"count": 1, "removed": 3}


def test_forgetting_reaches_redis_once_and_the_memory_of_each(pair: Pair) -> None:
    request = {"operation": "summarize", "text": TEXT}
    for client in pair:
        ask(client, request)
    names = {name_of(client) for client in pair}
    looked = forget(pair[0], operation="summarize", dry_run=True)
    assert (looked["removed"], looked["memory"]) == ({"l1": 2, "l2": 1}, dict.fromkeys(names, 1))
    assert [ask(client, request) for client in pair] == ["hit", "hit"]
    done = forget(pair[0], operation="summarize")
    assert (done["removed"], done["memory"]) == ({"l1": 2, "l2": 1}, dict.fromkeys(names, 1))
    assert (set(done["applied"]), done["unreachable"], done["local"]) == (names, [], False)
    assert ask(pair[1], request) == "miss"


def test_a_local_change_leaves_redis_and_the_others_alone(pair: Pair) -> None:
    request = {"operation": "summarize", "text": TEXT}
    for client in pair:
        ask(client, request)
    done = forget(pair[0], f"{INVALIDATE}?local=true", all=True)
    assert (done["applied"], done["local"], done["removed"]) == ([name_of(pair[0])], True, {"l1": 1, "l2": None})
    assert [ask(client, request) for client in pair] == ["hit", "hit"]


@pytest.mark.parametrize(("key", "status"), [(ADMIN_KEY, 422), (API_KEY, 403)])
def test_a_wrong_flag_is_a_422_for_those_who_may_change(alone: httpx2.Client, key: str, status: int) -> None:
    response = alone.post(f"{INVALIDATE}?local=perhaps", json={"all": True}, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == status


def test_invalidations_are_remembered_by_selector(pair: Pair) -> None:
    ask(pair[0], {"operation": "summarize", "text": TEXT})
    forget(pair[0], operation="summarize")
    forget(pair[1], all=True)
    forget(pair[1], all=True, dry_run=True)
    forget(pair[0], f"{INVALIDATE}?local=true", all=True)
    found = read(pair[1], "cache/invalidation-stats")
    assert (found["invalidations"], found["removed"], found["incomplete"]) == (3, 2, 1)
    assert [(one["selector"], one["invalidations"]) for one in found["selectors"]] == [
        ("all", 2),
        ("operation=summarize", 1),
    ]


def test_advice_comes_with_its_numbers_and_only_when_there_is_some(alone: httpx2.Client) -> None:
    path = "cache/invalidation-recommendations"
    assert read(alone, path) == {"recommendations": []}
    for _ in range(5):
        ask(alone, body("summarize"))
        forget(alone, operation="summarize")
    [often] = read(alone, path)["recommendations"]
    assert (often["selector"], often["finding"]) == ("operation=summarize", "invalidated often")
    assert (often["numbers"]["invalidations"], often["numbers"]["removed"]) == (5, 5)
    for _ in range(3):
        forget(alone, operation="qa")
    assert [one["selector"] for one in read(alone, path)["recommendations"]] == [
        "operation=summarize",
        "operation=qa",
    ]


def test_who_changed_what_is_in_the_history_and_in_the_log(
    pair: Pair, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "gatehouse.audit"):
        response = pair[0].post(INVALIDATE, json={"all": True}, headers={"X-Request-ID": "night-shift"})
    assert response.status_code == 200
    [(_, fields)] = redis.xrange("gatehouse:history:audit")  # type: ignore[misc]
    record = fields[b"record"].decode()
    for told in ('"cache.invalidate"', '"127.0.0.1"', '"night-shift"', name_of(pair[0]), '"applied":2', '"all"'):
        assert told in record
    [line] = [entry.getMessage() for entry in caplog.records if entry.name == "gatehouse.audit"]
    assert "cache.invalidate" in line
    assert ADMIN_KEY not in record + line


def test_an_ordinary_key_is_refused_everywhere(alone: httpx2.Client) -> None:
    document = read(alone, "openapi.json")
    rooms = [(path, methods) for path, methods in document["paths"].items() if path.startswith("/internal")]
    assert len(rooms) > 10
    for path, methods in rooms:
        for method in methods:
            refused = alone.request(method, path, headers={"Authorization": f"Bearer {API_KEY}"})
            assert refused.status_code == 403, (method, path)
