"""Redis dies, hangs, restarts or crawls while requests come: nobody notices but the operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fleet.conftest import Twins, l2_state
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.proxy import proxy_to
from tests.support.service import Service
from tests.support.traffic import ROOT, Body, body, connection, post
from tests.support.valkey import ValkeyServer

CALLERS = 4


@asynccontextmanager
async def load(service: Service) -> AsyncIterator[list[int]]:
    """Callers who ask without pause, half of them something new each time; the statuses of their answers."""
    statuses: list[int] = []
    over = asyncio.Event()

    async def call(request: Body | None) -> None:
        async with connection(service) as client:
            while not over.is_set():
                answer = await client.post(f"{ROOT}/process", json=request or body())
                statuses.append(answer.status_code)

    async with asyncio.TaskGroup() as group:
        for index in range(CALLERS):
            group.create_task(call(body() if index % 2 else None))
        await eventually(lambda: len(statuses) > CALLERS)
        yield statuses
        answered = len(statuses)
        await eventually(lambda: len(statuses) > answered + 5 * CALLERS, within=30)
        over.set()


async def answered_on(statuses: list[int]) -> None:
    """Wait until every caller has had several more answers."""
    answered = len(statuses)
    await eventually(lambda: len(statuses) > answered + 5 * CALLERS, within=30)


def share(one: Service, other: Service) -> bool:
    """Whether what one instance has been told, the other knows."""
    request = body()
    post(one, request)
    return bool(post(other, request).json()["source"] == "cache")


@pytest.mark.parametrize("breaking", ["kill", "pause"])
async def test_requests_are_answered_while_redis_is_gone_and_it_is_used_again_when_back(
    twins: Twins, valkey: ValkeyServer, model: ModelServer, breaking: str
) -> None:
    one, other = twins
    assert share(one, other)
    async with load(one) as statuses:
        getattr(valkey, breaking)()
        await eventually(lambda: l2_state(one) == "down")
        await answered_on(statuses)
        assert not share(one, other)
        valkey.revive()
        await eventually(lambda: l2_state(one) == "up")
    assert set(statuses) == {200}
    await eventually(lambda: share(one, other))


async def test_a_restart_of_redis_fails_no_request(twins: Twins, valkey: ValkeyServer, model: ModelServer) -> None:
    one, other = twins
    async with load(one) as statuses:
        valkey.kill()
        await answered_on(statuses)
        valkey.restart()
    assert set(statuses) == {200}
    await eventually(lambda: share(one, other))


async def test_a_crawling_redis_fails_no_request(valkey: ValkeyServer, model: ModelServer) -> None:
    async with proxy_to(valkey.port) as proxy:
        with Service(workers=1, REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0", **model.gemini_env()) as service:
            async with load(service) as statuses:
                proxy.latency = 0.5
                await eventually(lambda: "breaker redis: closed -> open" in service.output())
                await answered_on(statuses)
                proxy.latency = 0
                await eventually(lambda: "breaker redis: open -> closed" in service.output())
            assert set(statuses) == {200}


async def test_health_says_that_redis_is_gone_and_that_it_is_back_without_any_traffic(
    twins: Twins, valkey: ValkeyServer
) -> None:
    service, _ = twins

    def said(status: str, healthy: bool) -> bool:
        ready, health = service.anonymous.get("/readyz"), service.anonymous.get("/v1/health")
        assert (ready.status_code, health.status_code) == (200, 200)
        return ready.json()["status"] == status and health.json()["cache_healthy"] is healthy

    await eventually(lambda: said("ready", True), within=10)
    valkey.kill()
    await eventually(lambda: said("degraded", False), within=10)
    valkey.restart()
    await eventually(lambda: said("ready", True), within=10)


async def test_a_service_starts_without_its_redis_and_finds_it_later(model: ModelServer, valkey: ValkeyServer) -> None:
    valkey.kill()
    with Service(workers=1, REDIS_URL=valkey.url, **model.gemini_env()) as service:
        assert post(service, body()).json()["source"] == "model"
        valkey.restart()
        await eventually(lambda: l2_state(service) == "up")
