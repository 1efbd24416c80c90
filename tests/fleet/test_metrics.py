"""Counters that add up over workers, also when one of them dies."""

import os
import signal

import pytest
from httpx2 import Client

from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import ROOT, at_once, body, metric

CALLS = 40


def counted(service: Service) -> dict[str, float]:
    return {
        "requests": metric(service, "http_requests_total", route=f"{ROOT}/process", method="POST", status="200"),
        "timed": metric(service, "http_request_duration_seconds_count", route=f"{ROOT}/process"),
        "misses": metric(service, "cache_requests_total", tier="l1", result="miss"),
        "model": metric(service, "llm_requests_total", provider="offline", outcome="success"),
        "policy": metric(service, "resilience_calls_total", policy="trial.qa", outcome="success"),
    }


def answering(client: Client) -> int:
    """The process id of the worker at the other end of the client's connection."""
    fleet = client.get("/internal/fleet").json()
    return next(int(one["pid"]) for one in fleet["instances"] if one["id"] == fleet["answered_by"])


@pytest.mark.parametrize("workers", [2, 4])
async def test_counters_equal_the_load_before_and_after_the_death_of_a_worker(workers: int) -> None:
    with Service(workers=workers) as service:
        await at_once([service], [body() for _ in range(CALLS)])
        assert set(counted(service).values()) == {CALLS}
        victim = answering(service.operator)
        assert victim != service.process.pid
        os.kill(victim, signal.SIGKILL)
        await eventually(lambda: service.output().count("Application startup complete") > workers, within=30)
        assert set(counted(service).values()) == {CALLS}
        await at_once([service], [body() for _ in range(CALLS)])
        assert set(counted(service).values()) == {2 * CALLS}


async def test_an_open_breaker_is_not_reported_after_the_death_of_its_worker(model: ModelServer) -> None:
    custom = '{"retry_attempts": 1, "circuit_breaker_threshold": 1}'
    with Service(workers=2, RESILIENCE_CUSTOM_CONFIG=custom, **model.gemini_env()) as service:
        model.behave(fail={"status": 503})
        service.operator.post(f"{ROOT}/process", json=body())
        victim = answering(service.operator)
        assert metric(service, "circuit_breaker_state", policy="trial.qa") == 2
        os.kill(victim, signal.SIGKILL)
        await eventually(lambda: service.output().count("Application startup complete") > 2, within=30)
        assert metric(service, "circuit_breaker_state", policy="trial.qa") == 0
