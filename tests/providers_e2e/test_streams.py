"""Answers that come while the model still talks, and callers who leave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.providers_e2e.conftest import Serve
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import ROOT, Body, body, breaker, connection, metric, post, said, streamed

DIALECTS = ("gemini", "openai", "anthropic")
FOR_EVER = 60


@asynccontextmanager
async def asking(service: Service, request: Body, path: str, model: ModelServer, calls: int = 1) -> AsyncIterator[None]:
    """A caller who waits for an answer that the model is working on, and leaves at the end of the block."""
    async with connection(service) as client:
        waiting = asyncio.create_task(client.post(f"{ROOT}/{path}", json=request))
        await eventually(lambda: len(model.calls()) == calls)
        yield
        assert not waiting.done()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


def all_ended(model: ModelServer) -> bool:
    return all(call["disconnected"] for call in model.calls())


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_pieces_arrive_while_the_model_talks_and_a_caller_who_leaves_ends_its_call(
    serve: Serve, model: ModelServer, dialect: str
) -> None:
    service = serve(dialect)
    model.behave(stall_after=3)
    async with connection(service) as client, client.stream("POST", f"{ROOT}/stream", json=body()) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line == "event: delta":
                break
        [call] = model.calls()
        assert call["stream"]
        assert call["ended"] is None
    await eventually(lambda: all_ended(model))
    assert breaker(service, "qa")["state"] == "closed"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_stream_is_numbered_and_says_the_same_as_its_end(
    serve: Serve, model: ModelServer, dialect: str
) -> None:
    stream = streamed(serve(dialect), body())
    assert [event.id for event in stream] == list(range(1, len(stream) + 1))
    names = [event.name for event in stream]
    assert (names[0], set(names[1:-2]), names[-2:]) == ("start", {"delta"}, ["usage", "done"])
    assert names.count("delta") > 1
    assert said(stream) == stream[-1].data["result"]
    assert stream[-2].data == stream[-1].data["usage"]
    assert stream[-2].data["input_tokens"] > 0
    assert stream[0].data["request_id"] == stream[-1].data["request_id"]


@pytest.mark.parametrize("operation", ["qa", "sentiment"])
def test_an_equal_stream_is_answered_from_the_cache(service: Service, model: ModelServer, operation: str) -> None:
    request = body(operation)
    first, second = streamed(service, request)[-1], streamed(service, request)[-1]
    assert (first.data["source"], second.data["source"]) == ("model", "cache")
    assert second.data["result"] == first.data["result"]
    assert second.data["usage"]["input_tokens"] == 0
    assert post(service, request).json()["source"] == "cache"
    assert len(model.calls()) == 1


def test_a_stream_that_failed_is_not_answered_from_the_cache(service: Service, model: ModelServer) -> None:
    request = body()
    model.behave(truncate_after=3)
    assert streamed(service, request)[-1].name == "error"
    model.behave()
    assert streamed(service, request)[-1].data["source"] == "model"


@pytest.mark.parametrize("path", ["process", "stream"])
@pytest.mark.parametrize("operation", ["qa", "sentiment"])
async def test_a_caller_who_leaves_before_the_answer_ends_the_call(
    service: Service, model: ModelServer, path: str, operation: str
) -> None:
    model.behave(delay=FOR_EVER)
    async with asking(service, body(operation), path, model):
        pass
    await eventually(lambda: all_ended(model))
    assert breaker(service, operation)["state"] == "closed"


async def test_a_caller_who_leaves_a_batch_ends_its_calls_and_those_to_come(
    service: Service, model: ModelServer
) -> None:
    model.behave(delay=FOR_EVER)
    requests = [body() for _ in range(8)]
    async with asking(service, {"requests": requests, "batch_id": "left-alone"}, "batch_process", model, calls=5):
        pass
    await eventually(lambda: all_ended(model))
    status = f"{ROOT}/batch_status/left-alone"
    await eventually(lambda: service.client.get(status).json()["status"] == "cancelled")
    assert len(model.calls()) == 5


async def test_one_of_two_equal_callers_may_leave(service: Service, model: ModelServer) -> None:
    request, before = body(), metric(service, "singleflight_followers_total", scope="process")
    model.behave(delay=2)
    async with connection(service) as client:
        async with asking(service, request, "process", model):
            staying = asyncio.create_task(client.post(f"{ROOT}/process", json=request))
            await eventually(lambda: metric(service, "singleflight_followers_total", scope="process") > before)
        answer = await staying
    assert answer.status_code == 200
    assert [call["disconnected"] for call in model.calls()] == [False]
