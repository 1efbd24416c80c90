"""Logs, metrics and the keys of Redis know what happened, and nothing of what was said."""

import json

import pytest
from redis import Redis

from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, API_KEY, Service
from tests.support.traffic import ROOT, body, post
from tests.support.valkey import ValkeyServer

TEXT, ASKED, NOTED, ANSWERED = "canary-text-93b1", "canary-question-5e77", "canary-metadata-c04d", "canary-answer-1f2a"
MODEL_KEY, WRONG_KEY = "canary-model-key-77aa", "canary-wrong-key-41d9"
SPOKEN = {TEXT, ASKED, NOTED, ANSWERED, MODEL_KEY, WRONG_KEY, API_KEY, ADMIN_KEY}


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_that_was_said_and_no_key_is_found_where_operators_look(
    model: ModelServer, valkey: ValkeyServer, redis: Redis, level: str
) -> None:
    settings = model.gemini_env() | {
        "GEMINI_API_KEY": MODEL_KEY,
        "LOG_LEVEL": level,
        "REDIS_URL": valkey.url,
        "RESILIENCE_CUSTOM_CONFIG": '{"circuit_breaker_threshold": 20}',
    }
    request = body(text=f"{TEXT} and cake for all the guests.", metadata={NOTED: NOTED}) | {"question": f"{ASKED}?"}
    model.behave(text=ANSWERED)
    with Service(workers=1, **settings) as service:
        assert ANSWERED in post(service, request).text
        for path in ("process", "stream"):
            post(service, request, path)
            post(service, {**request, "operation": TEXT}, path)
            post(service, {**request, "text": TEXT, NOTED: NOTED}, path)
        post(service, {"requests": [request, {**request, "options": {ASKED: 1}}]}, "batch_process")
        for behaviour in (
            {"fail": {"status": 503, "retry_after": 0}},
            {"fail": {"status": 400}},
            {"reject_key": True},
            {"truncate_after": 1},
            {"html": True},
        ):
            model.behave(text=ANSWERED, **behaviour)
            for path in ("process", "stream"):
                post(service, body(text=f"{TEXT} {behaviour}", question=ASKED), path)
        service.client.post(f"{ROOT}/process", content=f'{{"text": "{TEXT}')
        service.anonymous.get(f"/{TEXT}?{ASKED}=1", headers={"X-API-Key": WRONG_KEY})
        metrics = service.operator.get("/internal/metrics").text
        service.stop()
        log = service.output().replace(f"/{TEXT}", "")  # a path is logged as it came
    keys = " ".join(map(str, redis.scan_iter()))
    assert "trial.qa" in keys
    assert "http_requests_total" in metrics
    assert "request failed: provider_key_rejected" in log
    assert {word for word in SPOKEN if word in log + metrics + keys} == set()


def test_each_line_of_the_log_is_json_and_names_its_request(model: ModelServer) -> None:
    with Service(workers=1, **model.gemini_env()) as service:
        model.behave(fail={"status": 503, "retry_after": 0})
        response = service.client.post(f"{ROOT}/process", json=body(), headers={"X-Request-ID": "morning-7"})
        service.stop()
        log = service.output().splitlines()
    assert response.headers["X-Request-ID"] == "morning-7"
    first = next(number for number, line in enumerate(log) if line.startswith("{"))
    records = [json.loads(line) for line in log[first:]]
    ours = [record["message"] for record in records if record["request_id"] == "morning-7"]
    assert ours.count("request") == 1
    assert any("attempt 2 failed with provider_unavailable" in message for message in ours)
    assert {"timestamp", "level", "logger", "message", "request_id"} <= set.intersection(*map(set, records))
