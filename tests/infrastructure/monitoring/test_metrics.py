"""Counted events become Prometheus text."""

import pytest

from app.core.events import (
    AccessRefused,
    Answered,
    AttemptFailed,
    BreakerChanged,
    CacheDropped,
    CacheLookup,
    CallFinished,
    Degraded,
    Events,
    FlightFollowed,
    Inspected,
    ModelCalled,
    Screened,
)
from app.infrastructure.monitoring import Metrics


def model_called(cost: float | None = 0.25, first: float | None = 0.3) -> ModelCalled:
    return ModelCalled("tea.make", "scripted", "scripted:one", "success", 7, 3, cost, first, 1.5)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def metrics(events: Events) -> Metrics:
    return Metrics(events)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("event", "name", "labels", "expected"),
    [
        (CacheLookup("l1", "hit"), "cache_requests_total", {"tier": "l1", "result": "hit"}, 2),
        (CacheDropped("l2", 5), "cache_invalidated_entries_total", {"tier": "l2"}, 10),
        (FlightFollowed("fleet"), "singleflight_followers_total", {"scope": "fleet"}, 2),
        (model_called(), "llm_tokens_total", {"type": "input"}, 14),
        (model_called(), "llm_tokens_total", {"type": "output"}, 6),
        (model_called(), "llm_cost_usd_total", {}, 0.5),
        (model_called(cost=None), "llm_cost_usd_total", {}, 0),
        (
            model_called(),
            "llm_requests_total",
            {"operation": "tea.make", "provider": "scripted", "model": "scripted:one", "outcome": "success"},
            2,
        ),
        (
            model_called(),
            "llm_time_to_first_token_seconds_sum",
            {"provider": "scripted", "model": "scripted:one"},
            0.6,
        ),
        (
            CallFinished("tea.make", "rejected", 0, 0.1),
            "resilience_calls_total",
            {"policy": "tea.make", "outcome": "rejected"},
            2,
        ),
        (
            AttemptFailed("tea.make", 1, "provider_busy", 2.0),
            "resilience_failed_attempts_total",
            {"policy": "tea.make", "code": "provider_busy"},
            2,
        ),
        (
            BreakerChanged("tea.make", "closed", "open", "5 failures"),
            "circuit_breaker_transitions_total",
            {"policy": "tea.make", "state": "open"},
            2,
        ),
        (Answered("tea.make", "cache"), "answers_total", {"source": "cache"}, 2),
        (Degraded("tea.make", "circuit_open"), "degraded_responses_total", {"reason": "circuit_open"}, 2),
        (Screened("tea.make", "blocked", "rule"), "screened_texts_total", {"verdict": "blocked", "rule": "rule"}, 2),
        (
            Inspected("tea.make", "mended", "address"),
            "inspected_answers_total",
            {"verdict": "mended", "kind": "address"},
            2,
        ),
        (AccessRefused("forbidden", "1.2.3.4", "/tea"), "access_refused_total", {"code": "forbidden"}, 2),
    ],
)
def test_an_event_is_counted(
    events: Events, metrics: Metrics, event: object, name: str, labels: dict[str, str], expected: float
) -> None:
    for _ in range(2):
        events(event)
    assert value(metrics, name, **labels) == pytest.approx(expected)


def test_a_plain_call_has_no_time_to_its_first_token(events: Events, metrics: Metrics) -> None:
    events(model_called(first=None))
    labels = {"provider": "scripted", "model": "scripted:one"}
    assert value(metrics, "llm_time_to_first_token_seconds_count", **labels) is None
    assert value(metrics, "llm_request_duration_seconds_count", **labels) == 1


@pytest.mark.parametrize(("state", "number"), [("closed", 0), ("half_open", 1), ("open", 2)])
def test_the_state_of_a_breaker_is_a_number(events: Events, metrics: Metrics, state: str, number: float) -> None:
    events(BreakerChanged("tea.make", "open", state, "test"))  # type: ignore[arg-type]
    assert value(metrics, "circuit_breaker_state", policy="tea.make") == number


def test_requests_are_counted_and_timed(metrics: Metrics) -> None:
    metrics.request("GET", "/tea/{cup}", 200, 0.02)
    metrics.request("GET", "/tea/{cup}", 404, 0.02)
    text = metrics.text().decode()
    assert 'http_requests_total{method="GET",route="/tea/{cup}",status="200"} 1.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/tea/{cup}"} 2.0' in text
    assert 'http_request_duration_seconds_bucket{le="0.01",method="GET",route="/tea/{cup}"} 0.0' in text


def test_two_apps_in_one_process_count_apart() -> None:
    first, second = Metrics(Events()), Metrics(Events())
    first.request("GET", "/tea", 200, 0.1)
    assert value(second, "http_requests_total", method="GET", route="/tea", status="200") is None
