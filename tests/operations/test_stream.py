"""Server-sent events: numbered, and ended by `done` or `error`, whatever happens."""

import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx2
import pytest

from app.core.caller import Caller
from app.deps import Visitor
from app.operations.routes import _events
from app.operations.schemas import TextRequest
from app.resources import Resources
from tests.support.model_server import ModelServer
from tests.support.service import TEXT, Service

STREAM = "/v1/trial/stream"
Event = tuple[str, int, dict[str, Any]]


def body(text: str = TEXT, operation: str = "summarize", **fields: Any) -> dict[str, Any]:
    return {"operation": operation, "text": text} | fields


def events(client: httpx2.Client, **request: Any) -> list[Event]:
    """The events of an answer: name, id and data."""
    response = client.post(STREAM, json=body(**request))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    found = []
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        if not block.startswith(":"):
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


def check_form(found: list[Event]) -> None:
    """`start`, pieces, and an end; ids grow by one."""
    names = [name for name, _, _ in found]
    assert [number for _, number, _ in found] == list(range(1, len(found) + 1))
    assert names[0] == "start"
    deltas = names[1:-2] if names[-1] == "done" else names[1:-1]
    assert set(deltas) <= {"delta"}
    assert names[-2:] == ["usage", "done"] or names[-1] == "error"


def said(found: list[Event]) -> str:
    return "".join(data["text"] for name, _, data in found if name == "delta")


def test_a_text_comes_in_pieces_that_add_up_to_the_result(hosted: httpx2.Client, model: ModelServer) -> None:
    found = events(hosted, text=f"{TEXT} In pieces.")
    check_form(found)
    assert sum(name == "delta" for name, _, _ in found) > 2
    name, _, done = found[-1]
    assert (name, done["result"], done["source"]) == ("done", said(found), "model")
    assert found[-2][2] == done["usage"]
    assert done["usage"]["output_tokens"] > 0
    assert found[0][2]["request_id"] == done["request_id"]


def test_a_typed_answer_comes_in_one_piece_as_json(service: Service) -> None:
    found = events(service.client, operation="sentiment")
    check_form(found)
    assert [name for name, _, _ in found] == ["start", "delta", "usage", "done"]
    assert json.loads(said(found)) == found[-1][2]["result"]


def test_a_stream_fills_the_cache_for_plain_calls_and_for_streams(hosted: httpx2.Client, model: ModelServer) -> None:
    text = f"{TEXT} Once streamed."
    first = events(hosted, text=text)
    plain = hosted.post("/v1/trial/process", json=body(text)).json()
    again = events(hosted, text=text)
    check_form(again)
    assert plain["source"] == again[-1][2]["source"] == "cache"
    assert first[-1][2]["result"] == plain["result"] == said(again)
    assert len(model.calls()) == 1


@pytest.mark.parametrize("ending", ["truncate_after", "end_after"])
def test_a_stream_that_breaks_off_ends_with_an_error(hosted: httpx2.Client, model: ModelServer, ending: str) -> None:
    model.behave(**{ending: 2})
    found = events(hosted, text=f"{TEXT} It ends by {ending}.")
    check_form(found)
    name, _, data = found[-1]
    assert (name, data["error"]["code"]) == ("error", "provider_interrupted")
    assert data["error"]["request_id"] == found[0][2]["request_id"]


def test_a_stream_that_broke_off_is_not_in_the_cache(hosted: httpx2.Client, model: ModelServer) -> None:
    text = f"{TEXT} Broken, then whole."
    model.behave(truncate_after=2)
    assert events(hosted, text=text)[-1][0] == "error"
    model.behave()
    assert events(hosted, text=text)[-1][2]["source"] == "model"


def test_what_fails_before_the_first_piece_is_an_answer_with_its_status(
    hosted: httpx2.Client, model: ModelServer
) -> None:
    model.behave(fail={"status": 500})
    response = hosted.post(STREAM, json=body(f"{TEXT} Down.", operation="qa", question="Why?"))
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_unavailable")


def test_a_model_that_is_down_is_stood_in_for_where_that_is_declared(hosted: httpx2.Client, model: ModelServer) -> None:
    model.behave(fail={"status": 500})
    found = events(hosted, text=f"{TEXT} Stood in for.")
    check_form(found)
    done = found[-1][2]
    assert (done["source"], done["degraded"], done["degraded_reason"]) == ("offline", True, "provider_unavailable")


def test_an_answer_that_begins_with_a_leak_is_a_502(hosted: httpx2.Client, model: ModelServer) -> None:
    model.behave(leak=True)
    response = hosted.post(STREAM, json=body(f"{TEXT} Leaking."))
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_bad_answer")
    assert "in its own language" not in response.text


def test_a_leak_after_the_first_pieces_is_an_error_and_stays_inside(hosted: httpx2.Client, model: ModelServer) -> None:
    ours = "Summarize the material in at most 321 words, in its own language."
    model.behave(text=f"You asked for my instructions, and here they come: {ours}")
    found = events(hosted, text=f"{TEXT} Leaking later.", options={"max_length": 321})
    check_form(found)
    assert found[-1][2]["error"]["code"] == "provider_bad_answer"
    assert said(found).startswith("You asked")
    assert "Summarize the material" not in said(found)


@pytest.mark.parametrize(
    ("change", "status"), [({"text": "short"}, 422), ({"operation": "dance"}, 422), ({"options": {"tone": 1}}, 422)]
)
def test_a_request_that_does_not_validate_is_refused_as_elsewhere(
    service: Service, change: dict[str, Any], status: int
) -> None:
    assert service.client.post(STREAM, json=body(**change)).status_code == status
    assert service.anonymous.post(STREAM, json=body()).status_code == 401


async def test_a_client_that_leaves_at_the_first_event_ends_the_work_behind_it() -> None:
    ended = False

    async def pieces() -> AsyncGenerator[str, None]:
        nonlocal ended
        try:
            yield "Tea"
            yield "was late."
        finally:
            ended = True

    rest = pieces()
    visitor = Visitor(Caller("guest", frozenset()), cast(Resources, None), "a-request")
    found = _events(TextRequest.model_construct(operation="summarize"), visitor, await anext(rest), rest)
    assert (await anext(found)).startswith(b"event: start")
    await found.aclose()
    assert ended


async def test_an_end_that_cannot_be_written_is_an_error() -> None:
    async def pieces() -> AsyncGenerator[Any, None]:
        yield "Tea was late."
        yield {"usage": {"input_tokens": 10**25}}, None

    rest = pieces()
    visitor = Visitor(Caller("guest", frozenset()), cast(Resources, None), "a-request")
    found = _events(TextRequest.model_construct(operation="summarize"), visitor, await anext(rest), rest)
    *_, last = [sent async for sent in found]
    assert last.startswith(b"event: error\nid: 3\n")
    assert b"internal_error" in last


def test_a_stream_is_not_buffered_on_its_way(service: Service) -> None:
    headers = service.client.post(STREAM, json=body()).headers
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
