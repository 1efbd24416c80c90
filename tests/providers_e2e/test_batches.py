"""Batches: how many calls at once, and how few for equal items."""

from typing import Any

from tests.providers_e2e.conftest import Serve
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import at_once, body, post


def most_at_once(calls: list[dict[str, Any]]) -> int:
    """The greatest number of calls that the model worked on at the same time."""
    moments = [(call["time"], 1) for call in calls] + [(call["ended"], -1) for call in calls]
    running = most = 0
    for _, change in sorted(moments):
        running += change
        most = max(most, running)
    return most


async def test_two_batches_together_never_exceed_the_limit(serve: Serve, model: ModelServer) -> None:
    service = serve(BATCH_AI_CONCURRENCY_LIMIT="3")
    model.behave(delay=0.2)
    batches = [{"requests": [body() for _ in range(8)]} for _ in range(2)]
    replies = [answer.json() for answer in await at_once([service], batches, "batch_process")]
    assert [reply["completed"] for reply in replies] == [8, 8]
    assert len(model.calls()) == 16
    assert most_at_once(model.calls()) == 3


def test_equal_items_cost_one_call(service: Service, model: ModelServer) -> None:
    model.behave(delay=0.2)
    request = body("summarize")
    reply = post(service, {"requests": [request] * 20}, "batch_process").json()
    responses = [item["response"] for item in reply["results"]]
    assert reply["completed"] == 20
    assert len({response["result"] for response in responses}) == 1
    assert sorted(response["source"] for response in responses) == ["cache"] * 19 + ["model"]
    paid = [response["usage"] for response in responses if response["usage"]["input_tokens"]]
    assert len(paid) == len(model.calls()) == 1
    assert sum(response["usage"]["cost_usd"] for response in responses) == paid[0]["cost_usd"]


def test_a_failing_item_leaves_its_neighbours_alone(service: Service, model: ModelServer) -> None:
    model.behave(fail={"status": 400, "count": 1})
    reply = post(service, {"requests": [body() for _ in range(4)]}, "batch_process").json()
    assert (reply["completed"], reply["failed"]) == (3, 1)
    assert [item["error"]["code"] for item in reply["results"] if item["error"]] == ["provider_rejected"]
    assert [item["request_index"] for item in reply["results"]] == [0, 1, 2, 3]
