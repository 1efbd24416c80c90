"""Alive, ready, healthy: true facts, for anybody, without a call of the model."""

from datetime import UTC, datetime, timedelta

import httpx2

from app import __version__
from app.core.settings import Settings
from app.main import create_app
from app.resources import Resources, open_resources
from tests.support.live import running, served
from tests.support.model_server import ModelServer
from tests.support.plain import plain_settings
from tests.support.ports import free_port
from tests.support.service import TEXT, Service


def test_the_first_page_says_where_things_are(service: Service) -> None:
    page = service.anonymous.get("/").json()
    assert page["version"] == __version__
    assert all(service.anonymous.get(page[place]).status_code == 200 for place in ("docs", "health"))


def test_probes_need_no_key(service: Service) -> None:
    assert service.anonymous.get("/livez").json() == {"status": "alive"}
    assert service.anonymous.get("/readyz").json() == {"status": "ready"}


def test_health_tells_each_component(service: Service) -> None:
    report = service.anonymous.get("/v1/health").json()
    assert report["status"] == "healthy"
    assert report["ai_model_available"] is report["resilience_healthy"] is report["cache_healthy"] is True
    assert report["components"]["model"] == {"state": "healthy", "detail": "offline"}
    assert abs(datetime.now(UTC) - datetime.fromisoformat(report["timestamp"])) < timedelta(minutes=1)


def test_health_never_calls_the_model(model: ModelServer) -> None:
    with running(**model.openai_env()) as client:
        for path in ("/livez", "/readyz", "/v1/health", "/v1/trial/health"):
            assert client.get(path).status_code == 200
    assert model.calls() == []


def test_a_model_that_keeps_failing_degrades_health_and_not_readiness(model: ModelServer) -> None:
    model.behave(fail={"status": 500})
    config = '{"retry_attempts": 1}'
    with running(**model.openai_env(), resilience_custom_config=config) as client:
        for number in range(5):
            body = {"operation": "qa", "text": f"{TEXT} {number}", "question": "Why?"}
            assert client.post("/v1/trial/process", json=body).status_code == 502
        health, ready = client.get("/v1/health").json(), client.get("/readyz")
        domain = client.get("/v1/trial/health").json()
    assert (health["status"], health["ai_model_available"], health["resilience_healthy"]) == ("degraded", False, False)
    assert (ready.status_code, ready.json()) == (200, {"status": "degraded"})
    assert domain["status"] == "degraded"
    assert domain["operations"]["qa"]["breaker"] == "open"
    assert domain["operations"]["summarize"] == {"breaker": "closed", "last_success": None}


def test_redis_that_is_gone_degrades_health_and_stops_nothing() -> None:
    with running(redis_url=f"redis://127.0.0.1:{free_port()}/0") as client:
        body = {"operation": "summarize", "text": TEXT}
        assert client.post("/v1/trial/process", json=body).status_code == 200
        assert client.get("/v1/health").json()["cache_healthy"] is False
        assert client.get("/readyz").json() == {"status": "degraded"}


def test_a_process_that_is_going_down_is_not_ready() -> None:
    opened: list[Resources] = []

    class Kept:
        def __init__(self, settings: Settings) -> None:
            self._open = open_resources(settings)

        async def __aenter__(self) -> Resources:
            opened.append(await self._open.__aenter__())
            return opened[0]

        async def __aexit__(self, *error: object) -> None:
            await self._open.__aexit__(None, None, None)

    with served(create_app(plain_settings(), opener=Kept)) as url:
        opened[0].health.draining = True
        response = httpx2.get(f"{url}/readyz", trust_env=False)
        alive = httpx2.get(f"{url}/livez", trust_env=False)
    assert (response.status_code, response.json()) == (503, {"status": "draining"})
    assert alive.status_code == 200
