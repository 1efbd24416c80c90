"""Many requests in one call."""

import asyncio
from typing import Any

import httpx2
import pytest

from app.operations import domain_of
from tests.operations import odd
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, OTHER_API_KEY, TEXT, Service

BATCH = "/v1/trial/batch_process"
STATE = "/v1/trial/batch_status"


def item(text: str = TEXT, **fields: Any) -> dict[str, Any]:
    return {"operation": "summarize", "text": text} | fields


def post(client: httpx2.Client, *items: Any, **fields: Any) -> httpx2.Response:
    return client.post(BATCH, json={"requests": items} | fields)


@pytest.mark.parametrize("number", [1, 50])
def test_a_batch_of_a_size_at_the_bounds_is_taken(service: Service, number: int) -> None:
    reply = post(service.client, *[item(f"{TEXT} {index}") for index in range(number)]).json()
    assert (reply["status"], reply["total_requests"], reply["completed"], reply["failed"]) == (
        "completed",
        number,
        number,
        0,
    )
    assert [result["request_index"] for result in reply["results"]] == list(range(number))


@pytest.mark.parametrize("number", [0, 51, 200, 201])
def test_a_batch_of_a_size_beyond_them_is_refused(service: Service, number: int) -> None:
    response = post(service.client, *[item()] * number)
    assert (response.status_code, response.json()["error"]["param"]) == (422, "requests")


@pytest.mark.parametrize(("number", "status"), [(200, 200), (201, 422)])
def test_the_size_is_a_setting_with_an_end(hosted: httpx2.Client, number: int, status: int) -> None:
    assert post(hosted, *[item()] * number).status_code == status


def test_equal_items_cost_one_call(hosted: httpx2.Client, model: ModelServer) -> None:
    reply = post(hosted, *[item(f"{TEXT} Seven equal guests.")] * 7).json()
    assert reply["completed"] == 7
    assert len(model.calls()) == 1
    costs = [result["response"]["usage"]["output_tokens"] for result in reply["results"]]
    assert sum(cost > 0 for cost in costs) == 1


@pytest.mark.parametrize(
    "poison", [{}, None, "text", item("short"), item(operation="dance"), item(options={"max_length": 0}), item(extra=1)]
)
def test_a_bad_item_fails_alone(service: Service, poison: Any) -> None:
    reply = post(service.client, item(), poison, item(f"{TEXT} Still there.")).json()
    assert [result["status"] for result in reply["results"]] == ["completed", "failed", "completed"]
    assert (reply["completed"], reply["failed"]) == (2, 1)
    bad = reply["results"][1]
    assert (bad["response"], bad["error"]["code"]) == (None, "validation_failed")


def test_a_failure_of_the_model_fails_its_item_alone(hosted: httpx2.Client, model: ModelServer) -> None:
    post(hosted, item(f"{TEXT} Known already."))
    model.behave(fail={"status": 400})
    lost = item(f"{TEXT} Unknown yet.", operation="qa", question="Why?")
    reply = post(hosted, item(f"{TEXT} Known already."), lost).json()
    assert [result["status"] for result in reply["results"]] == ["completed", "failed"]
    assert reply["results"][1]["error"]["code"] == "provider_rejected"


def test_an_operation_that_breaks_fails_its_item_alone(caplog: pytest.LogCaptureFixture) -> None:
    items = [{"operation": "fragile", "text": f"{TEXT} {words}"} for words in ("A cup.", "A vase.", "A plate.")]
    with running(domains=[domain_of("odd", odd)]) as client:
        response = client.post("/v1/odd/batch_process", json={"requests": items, "batch_id": "shards"})
        assert response.status_code == 200
        assert client.get("/v1/odd/batch_status/shards").json() == response.json()
    found = response.json()["results"]
    assert [item["status"] for item in found] == ["completed", "failed", "completed"]
    assert (found[1]["error"]["code"], "vase" in response.text.partition('"error":{')[2]) == ("internal_error", False)
    assert "LookupError: vase" in caplog.text


def test_a_finished_batch_can_be_asked_for_by_its_owner_alone(service: Service) -> None:
    reply = post(service.client, item()).json()
    path = f"{STATE}/{reply['batch_id']}"
    assert service.client.get(path).json() == reply
    for key in (OTHER_API_KEY, ADMIN_KEY):
        response = service.anonymous.get(path, headers={"X-API-Key": key})
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert service.anonymous.get(path).status_code == 401


def test_an_unknown_batch_is_a_404(service: Service) -> None:
    assert service.client.get(f"{STATE}/unknown").status_code == 404


@pytest.mark.parametrize("name", ["a b", "x" * 65, "ä", "a.b"])
def test_a_name_of_a_batch_is_plain(service: Service, name: str) -> None:
    assert post(service.client, item(), batch_id=name).status_code == 422
    assert service.client.get(f"{STATE}/{name}").status_code == 422


def test_unknown_fields_of_a_batch_are_refused(service: Service) -> None:
    assert post(service.client, item(), prioritiy=1).status_code == 422


async def test_a_running_batch_tells_how_far_it_is(hosted: httpx2.Client, model: ModelServer) -> None:
    post(hosted, item(f"{TEXT} Done before."))
    model.behave(stall_after=0)
    items = [item(f"{TEXT} Done before."), item(f"{TEXT} Never done.")]
    headers = {"Authorization": hosted.headers["Authorization"]}
    async with httpx2.AsyncClient(base_url=hosted.base_url, headers=headers, timeout=30, trust_env=False) as client:
        batch = asyncio.create_task(client.post(BATCH, json={"requests": items, "batch_id": "half-way"}))
        state = await _state(client, "half-way", lambda state: state.get("completed") == 1)
        assert (state["status"], state["total_requests"], state["results"]) == ("running", 2, [])
        batch.cancel()
        await asyncio.gather(batch, return_exceptions=True)
        assert (await _state(client, "half-way", lambda state: state["status"] != "running"))["status"] == "cancelled"


async def _state(client: httpx2.AsyncClient, batch_id: str, when: Any) -> dict[str, Any]:
    """The state of a batch, as soon as it is what is waited for."""
    async with asyncio.timeout(10):
        while True:
            state: dict[str, Any] = (await client.get(f"{STATE}/{batch_id}")).json()
            if "error" not in state and when(state):
                return state
            await asyncio.sleep(0.01)


async def test_only_so_many_calls_run_at_once(model: ModelServer) -> None:
    model.behave(stall_after=0)
    settings = {"batch_ai_concurrency_limit": 3, "resilience_custom_config": '{"retry_attempts": 1}'}
    with running(**model.openai_env(), **settings) as service:
        headers = {"Authorization": service.headers["Authorization"]}
        async with httpx2.AsyncClient(
            base_url=service.base_url, headers=headers, timeout=30, trust_env=False
        ) as client:
            items = [item(f"{TEXT} Guest {number}.") for number in range(8)]
            batch = asyncio.create_task(client.post(BATCH, json={"requests": items}))
            async with asyncio.timeout(10):
                while len(model.calls()) < 3:
                    await asyncio.sleep(0.01)
            # A fourth call would come now; ten answers of the service are time enough for it.
            for _ in range(10):
                await client.get("/livez")
            assert len(model.calls()) == 3
            batch.cancel()
            await asyncio.gather(batch, return_exceptions=True)
