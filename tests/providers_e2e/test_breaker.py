"""When the model fails again and again, it is left alone, and everybody is told the same."""

import pytest

from tests.providers_e2e.conftest import CUSTOM, Serve
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import Body, body, breaker, metric, post

DOWN = {"status": 503, "retry_after": 0}


def trip(service: Service, model: ModelServer, operation: str) -> None:
    """Let the model fail until the breaker of the operation opens, and forget the calls."""
    model.behave(fail=DOWN)
    while breaker(service, operation)["state"] == "closed":
        post(service, body(operation))
    model.reset()


@pytest.mark.parametrize(
    ("settings", "threshold"),
    [({}, 5), ({"RESILIENCE_PRESET": "development"}, 3), ({"RESILIENCE_PRESET": "production"}, 10), (CUSTOM, 6)],
)
def test_the_breaker_opens_after_as_many_failures_as_the_settings_say(
    serve: Serve, model: ModelServer, settings: dict[str, str], threshold: int
) -> None:
    service = serve(**settings)
    model.behave(fail=DOWN)
    for _ in range(threshold + 1):
        last = post(service, body("questions"))
    assert last.json()["error"]["code"] == "circuit_open"
    assert len(model.calls()) == threshold


@pytest.mark.parametrize("operation", ["qa", "questions"])
@pytest.mark.parametrize("path", ["process", "stream"])
def test_while_it_is_open_an_operation_without_a_substitute_says_when_to_come_back(
    service: Service, model: ModelServer, operation: str, path: str
) -> None:
    trip(service, model, operation)
    response = post(service, body(operation), path)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "circuit_open")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.json()["error"]["retryable"]
    assert model.calls() == []


@pytest.mark.parametrize("operation", ["summarize", "sentiment", "key_points"])
def test_while_it_is_open_an_operation_with_a_substitute_gives_it_and_says_so(
    service: Service, model: ModelServer, operation: str
) -> None:
    trip(service, model, operation)
    response = post(service, body(operation))
    reply = response.json()
    assert (response.status_code, reply["source"], reply["model"]) == (200, "offline", "offline")
    assert (reply["degraded"], reply["degraded_reason"]) == (True, "circuit_open")
    assert (response.headers["X-Degraded"], response.headers["X-Cache"]) == ("circuit_open", "miss")
    assert reply["result"]
    assert reply["usage"] == {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0}
    assert model.calls() == []


def test_a_stream_of_a_substitute_ends_properly_and_says_so(service: Service, model: ModelServer) -> None:
    trip(service, model, "summarize")
    response = post(service, body("summarize"), "stream")
    assert response.status_code == 200
    assert '"degraded_reason":"circuit_open"' in response.text
    assert response.text.count("event: done") == 1
    assert model.calls() == []


def test_the_breaker_of_one_operation_leaves_the_others_alone(service: Service, model: ModelServer) -> None:
    trip(service, model, "qa")
    assert post(service, body("questions")).json()["source"] == "model"


def test_each_item_of_a_batch_tells_its_own_fate(service: Service, model: ModelServer) -> None:
    trip(service, model, "qa")
    requests: list[Body] = [body("qa"), body("questions"), body("qa")]
    reply = post(service, {"requests": requests}, "batch_process").json()
    assert [item["status"] for item in reply["results"]] == ["failed", "completed", "failed"]
    assert {item["error"]["code"] for item in reply["results"] if item["error"]} == {"circuit_open"}
    assert len(model.calls()) == 1


def test_a_reset_by_an_operator_closes_it(service: Service, model: ModelServer) -> None:
    trip(service, model, "qa")
    reset = service.operator.post("/internal/resilience/circuit-breakers/trial.qa/reset")
    assert len(reset.json()["applied"]) == 1
    assert breaker(service, "qa")["state"] == "closed"
    assert post(service, body()).json()["source"] == "model"


async def test_reports_metrics_health_and_log_tell_the_same_story(service: Service, model: ModelServer) -> None:
    policy = "trial.qa"
    before = breaker(service, "qa")
    opened_before = metric(service, "circuit_breaker_transitions_total", policy=policy, state="open")
    trip(service, model, "qa")
    post(service, body())
    report = breaker(service, "qa")
    grown = {name: report[name] - before[name] for name in ("calls", "attempts", "failures", "opens", "rejected")}
    assert grown == {"calls": 3, "attempts": 5, "failures": 2, "opens": 1, "rejected": 1}
    assert report["state"] == "open"
    assert metric(service, "circuit_breaker_transitions_total", policy=policy, state="open") == opened_before + 1
    assert metric(service, "circuit_breaker_state", policy=policy) == 2
    assert metric(service, "resilience_calls_total", policy=policy) == report["calls"]
    assert f"breaker {policy}: closed -> open (5 failures in a row)" in service.output()
    assert service.client.get("/v1/trial/health").json()["operations"]["qa"]["breaker"] == "open"
    await eventually(lambda: not service.client.get("/v1/health").json()["resilience_healthy"], within=10)
    service.operator.post(f"/internal/resilience/circuit-breakers/{policy}/reset")
    assert metric(service, "circuit_breaker_state", policy=policy) == 0
    assert f"breaker {policy}: open -> closed (reset)" in service.output()


def test_what_the_model_declines_says_nothing_about_its_health(service: Service, model: ModelServer) -> None:
    model.behave(refuse=True)
    for _ in range(6):
        assert post(service, body()).json()["error"]["code"] == "provider_refused"
    assert breaker(service, "qa")["state"] == "closed"
    assert len(model.calls()) == 6
