"""The operators' rooms, seen through traffic."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY, TEXT

PROCESS = "/v1/trial/process"
INVALIDATE = "/internal/cache/invalidate"
QA = "/internal/resilience/circuit-breakers/trial.qa"


@pytest.fixture
def operator() -> Iterator[httpx2.Client]:
    with running(ADMIN_KEY) as client:
        yield client


def ask(client: httpx2.Client, operation: str = "summarize", **fields: Any) -> httpx2.Response:
    response = client.post(PROCESS, json={"operation": operation, "text": TEXT} | fields)
    assert response.status_code == 200
    return response


def forget(client: httpx2.Client, **selector: Any) -> httpx2.Response:
    return client.post(INVALIDATE, json=selector)


@pytest.mark.parametrize(
    "selector",
    [
        {"operation": "summarize"},
        {"operation": "trial.summarize"},
        {"domain": "trial"},
        {"key_prefix": "trial.summarize:"},
        {"all": True},
    ],
)
def test_each_selector_forgets_what_it_names(operator: httpx2.Client, selector: dict[str, Any]) -> None:
    ask(operator)
    assert ask(operator).headers["x-cache"] == "hit"
    looked = forget(operator, **selector, dry_run=True).json()
    assert (looked["removed"], looked["dry_run"]) == ({"l1": 1}, True)
    assert ask(operator).headers["x-cache"] == "hit"
    done = forget(operator, **selector).json()
    instance = operator.get("/internal/fleet").json()["instances"][0]["id"]
    assert (done["removed"], done["applied"], done["memory"]) == ({"l1": 1}, [instance], {instance: 1})
    assert ask(operator).headers["x-cache"] == "miss"


def test_forgetting_one_operation_leaves_the_others(operator: httpx2.Client) -> None:
    ask(operator)
    ask(operator, "sentiment")
    forget(operator, operation="summarize")
    assert ask(operator, "sentiment").headers["x-cache"] == "hit"


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"dry_run": True},
        {"all": False},
        {"all": True, "domain": "trial"},
        {"key_prefix": ""},
        {"everything": 1},
    ],
)
def test_nothing_selected_is_never_everything(operator: httpx2.Client, selector: dict[str, Any]) -> None:
    ask(operator)
    assert forget(operator, **selector).status_code == 422
    assert ask(operator).headers["x-cache"] == "hit"


@pytest.mark.parametrize("selector", [{"operation": "sumarize"}, {"domain": "text"}, {"tag": "nobodys"}])
def test_a_name_that_nobody_has_is_a_404(operator: httpx2.Client, selector: dict[str, Any]) -> None:
    assert forget(operator, **selector).status_code == 404


def test_the_batches_of_callers_are_not_answers(operator: httpx2.Client) -> None:
    item = {"operation": "summarize", "text": TEXT}
    operator.post("/v1/trial/batch_process", json={"requests": [item], "batch_id": "mine"})
    forget(operator, all=True)
    assert operator.get("/v1/trial/batch_status/mine").status_code == 200


def test_the_cache_tells_what_it_holds_and_how_often_it_helped(operator: httpx2.Client) -> None:
    assert operator.get("/internal/cache/status").json()["tiers"][0]["hit_rate"] is None
    for _ in range(4):
        ask(operator)
    (tier,) = operator.get("/internal/cache/status").json()["tiers"]
    assert (tier["tier"], tier["state"], tier["entries"]) == ("l1", "up", 1)
    assert (tier["lookups"]["hit"], tier["hit_rate"]) == (3, pytest.approx(3 / sum(tier["lookups"].values())))
    assert tier["bytes"] > 0


def test_breakers_count_calls_and_not_hits(operator: httpx2.Client) -> None:
    for _ in range(3):
        ask(operator, "qa", question="What was late?")
    breaker = operator.get(QA).json()
    total = breaker["total"]
    assert (total["calls"], total["successes"], breaker["state"]) == (1, 1, "closed")
    assert operator.get("/internal/resilience/circuit-breakers").json()["policies"]["trial.qa"]


def test_the_configuration_tells_who_set_each_number() -> None:
    custom = '{"retry_attempts": 4, "operation_overrides": {"qa": "aggressive"}}'
    with running(ADMIN_KEY, resilience_preset="production", resilience_custom_config=custom) as client:
        (config,) = client.get("/internal/resilience/config").json()["instances"].values()
    summarize, qa = (config["policies"][f"trial.{name}"] for name in ("summarize", "qa"))
    assert (config["preset"], config["custom"]["retry_attempts"]) == ("production", 4)
    assert (summarize["numbers"]["retry_attempts"], summarize["origins"]["retry_attempts"]) == (4, "custom")
    assert summarize["origins"]["circuit_breaker_threshold"] == "preset"
    assert (qa["strategy"], qa["strategy_origin"], qa["numbers"]["retry_attempts"]) == ("aggressive", "override", 2)


def test_metrics_count_what_passed(operator: httpx2.Client) -> None:
    for _ in range(3):
        ask(operator)
    operator.get("/nothing/of/the/kind")
    lines = operator.get("/internal/metrics").text.splitlines()
    assert f'http_requests_total{{method="POST",route="{PROCESS}",status="200"}} 3.0' in lines
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in lines
    assert 'cache_requests_total{result="hit",tier="l1"} 2.0' in lines
    assert not any("nothing/of" in line or "key-" in line for line in lines)


def test_spending_is_told_by_caller(operator: httpx2.Client) -> None:
    ask(operator)
    operator.post(
        PROCESS, json={"operation": "sentiment", "text": TEXT}, headers={"Authorization": f"Bearer {API_KEY}"}
    )
    callers = operator.get("/internal/monitoring/spend").json()["callers"]
    assert [spent["calls"] for spent in callers.values()] == [1, 1]
    assert not any(spent["in_flight"] for spent in callers.values())


def test_the_fleet_is_the_process_that_answers(operator: httpx2.Client) -> None:
    fleet = operator.get("/internal/fleet").json()
    health = operator.get("/internal/monitoring/health").json()
    assert fleet["shared"] is False
    assert [one["id"] for one in fleet["instances"]] == list(health["instances"]) == [fleet["answered_by"]]


def test_every_room_on_the_first_page_is_there(operator: httpx2.Client) -> None:
    document = operator.get("/internal/openapi.json").json()
    for room in operator.get("/internal/").json()["rooms"]:
        assert any(path.startswith(room) for path in document["paths"]), room
