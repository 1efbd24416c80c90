"""How often a failing model is asked, counted at the model."""

import json

import pytest

from tests.providers_e2e.conftest import CUSTOM, Serve
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.service import Service
from tests.support.traffic import ROOT, body, breaker, metric, post

SHORT_WAITS = {
    "RESILIENCE_CUSTOM_CONFIG": json.dumps(
        {"exponential_min": 0.5, "exponential_max": 5, "exponential_multiplier": 0.1, "jitter_enabled": False}
    )
}


@pytest.mark.parametrize(
    ("settings", "operation", "attempts"),
    [
        ({}, "qa", 3),
        ({}, "summarize", 3),
        ({"RESILIENCE_PRESET": "development"}, "qa", 2),
        ({"RESILIENCE_PRESET": "production"}, "qa", 5),
        (CUSTOM, "questions", 4),
        (CUSTOM, "qa", 7),
        (CUSTOM, "sentiment", 2),
    ],
)
def test_a_failing_model_is_asked_as_often_as_the_settings_say(
    serve: Serve, model: ModelServer, settings: dict[str, str], operation: str, attempts: int
) -> None:
    service = serve(**settings)
    model.behave(fail={"status": 503, "retry_after": 0})
    post(service, body(operation))
    assert len(model.calls()) == attempts


@pytest.mark.parametrize(
    ("status", "answer", "code"), [(500, 502, "provider_unavailable"), (429, 503, "provider_busy")]
)
def test_every_passing_failure_is_retried_and_named_at_the_end(
    service: Service, model: ModelServer, status: int, answer: int, code: str
) -> None:
    model.behave(fail={"status": status, "retry_after": 0})
    response = post(service, body())
    assert (response.status_code, response.json()["error"]["code"]) == (answer, code)
    assert response.json()["error"]["retryable"]
    assert len(model.calls()) == 3


def test_a_model_that_recovers_between_two_attempts_answers(service: Service, model: ModelServer) -> None:
    model.behave(fail={"status": 503, "retry_after": 0, "count": 2})
    response = post(service, body())
    assert (response.status_code, response.json()["source"]) == (200, "model")
    assert len(model.calls()) == 3


def test_a_stream_is_retried_before_its_first_piece(service: Service, model: ModelServer) -> None:
    model.behave(fail={"status": 503, "retry_after": 0, "count": 2})
    response = post(service, body(), "stream")
    assert response.status_code == 200
    assert "event: done" in response.text
    assert len(model.calls()) == 3


def test_the_wait_is_the_one_that_the_model_asks_for(service: Service, model: ModelServer) -> None:
    model.behave(fail={"status": 429, "retry_after": 1, "count": 1})
    response = service.client.post(f"{ROOT}/process", json=body(), headers={"X-Request-ID": "patience"})
    assert response.json()["source"] == "model"
    [waited] = [line for line in service.output().splitlines() if '"patience"' in line and "attempt 1" in line]
    assert "failed with provider_busy, again in 1.0 s" in waited


def test_a_model_that_asks_for_more_patience_than_the_caller_has_is_not_asked_again(
    service: Service, model: ModelServer
) -> None:
    model.behave(fail={"status": 429, "retry_after": 120})
    response = post(service, body())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "120"
    assert len(model.calls()) == 1


def test_a_refused_connection_is_retried_with_waits_between(serve: Serve) -> None:
    service = serve(GEMINI_BASE_URL=f"http://127.0.0.1:{free_port()}", **SHORT_WAITS)
    response = post(service, body())
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_unavailable")
    assert breaker(service, "qa")["attempts"] == 3
    assert metric(service, "resilience_failed_attempts_total", policy="trial.qa") == 3
    assert "attempt 1 failed with provider_unavailable, again in 0.5 s" in service.output()
