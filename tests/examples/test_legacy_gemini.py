"""`examples/providers/legacy_gemini`: the service on an SDK without support, in an environment of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.examples.programs import EXAMPLES, ROOT, environment, locked_environment, run
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import body, events, metric, new_text, post, said

LOCK = EXAMPLES / "providers/legacy_gemini/requirements.lock"
MODEL = "examples.providers.legacy_gemini:gemini-2.5-flash"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return locked_environment(LOCK, tmp_path_factory.mktemp("legacy") / "venv")


@pytest.fixture(scope="module")
def legacy(python: Path, _model: ModelServer) -> Iterator[Service]:
    settings = {
        **_model.gemini_env(),
        "AI_MODEL": MODEL,
        "AI_IDLE_TIMEOUT": "1",
        "AI_TOTAL_TIMEOUT": "2",
        "RESILIENCE_CUSTOM_CONFIG": '{"retry_attempts": 1, "circuit_breaker_threshold": 20}',
        "PYTHONPATH": f"{ROOT}:{ROOT / 'backend'}",
    }
    with Service(python=str(python), **settings) as service:
        yield service


def ask(legacy: Service, operation: str = "qa", path: str = "process") -> httpx2.Response:
    return post(legacy, body(operation), path)


def test_it_runs_on_the_old_sdk(python: Path) -> None:
    done = run("-c", "import google.protobuf as p; print(p.__version__)", cwd=ROOT, python=python, **environment())
    assert done.stdout.startswith("5.")


def test_it_answers_with_the_models_words_and_usage(legacy: Service, model: ModelServer) -> None:
    model.behave(text="The tea was late.")
    reply = ask(legacy).json()
    assert (reply["result"], reply["source"], reply["model"]) == ("The tea was late.", "model", MODEL)
    assert reply["usage"]["output_tokens"] == 4
    assert reply["usage"]["input_tokens"] > 0
    assert reply["usage"]["cost_usd"] > 0
    assert metric(legacy, "llm_requests_total", provider="legacy-gemini", outcome="success") >= 1


def test_instructions_and_material_come_apart(legacy: Service, model: ModelServer) -> None:
    ask(legacy)
    (call,) = model.calls()
    system, user = (json.dumps(call["body"][part]) for part in ("systemInstruction", "contents"))
    assert "<material-" in user
    assert "<question-" in user
    assert "tea was late" not in system


def test_a_typed_answer_is_asked_for_with_its_schema(legacy: Service, model: ModelServer) -> None:
    model.behave(text='{"sentiment": "positive", "confidence": 0.9, "explanation": "The cake was excellent."}')
    assert ask(legacy, "sentiment").json()["result"]["sentiment"] == "positive"
    (call,) = model.calls()
    assert call["body"]["generationConfig"]["responseMimeType"] == "application/json"
    assert "explanation" in json.dumps(call["body"]["systemInstruction"])


def test_an_answer_comes_piece_by_piece(legacy: Service, model: ModelServer) -> None:
    stream = list(events(ask(legacy, path="stream").text.split("\n")))
    assert stream[-1].name == "done"
    assert said(stream) == stream[-1].data["result"]
    assert len([event for event in stream if event.name == "delta"]) > 1
    assert model.calls()[0]["stream"]


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"fail": {"status": 503}}, 502, "provider_unavailable"),
        ({"fail": {"status": 500}}, 502, "provider_unavailable"),
        ({"fail": {"status": 429, "retry_after": 7}}, 503, "provider_busy"),
        ({"fail": {"status": 429, "retry_after": "Wed, 18 Nov 2026 07:28:00 GMT"}}, 503, "provider_busy"),
        ({"fail": {"status": 400}}, 502, "provider_rejected"),
        ({"reject_key": True}, 502, "provider_key_rejected"),
        ({"refuse": True}, 502, "provider_refused"),
        ({"truncate_after": 1}, 502, "provider_interrupted"),
        ({"stall_after": 0}, 504, "provider_timeout"),
    ],
)
def test_each_failure_has_its_name_and_is_met_once(
    legacy: Service, model: ModelServer, behaviour: dict[str, Any], status: int, code: str
) -> None:
    model.behave(**behaviour)
    response = ask(legacy)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code), legacy.output()
    assert len(model.calls()) == 1, "the SDK's own retries are off"
    if behaviour.get("fail", {}).get("retry_after") == 7:
        assert response.headers["retry-after"] == "7"


def test_a_body_that_is_no_answer_is_asked_for_twice(legacy: Service, model: ModelServer) -> None:
    model.behave(html=True)
    assert ask(legacy).json()["error"]["code"] == "provider_bad_answer"
    assert len(model.calls()) == 2


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ({"truncate_after": 2}, "provider_interrupted"),
        ({"end_after": 2}, "provider_bad_answer"),
        ({"stall_after": 2}, "provider_timeout"),
    ],
)
def test_a_stream_that_breaks_ends_with_an_error(
    legacy: Service, model: ModelServer, behaviour: dict[str, Any], code: str
) -> None:
    model.behave(**behaviour)
    stream = list(events(ask(legacy, path="stream").text.split("\n")))
    assert (stream[-1].name, stream[-1].data["error"]["code"]) == ("error", code)


def test_an_address_where_nobody_listens_is_an_outage_that_may_be_tried_again(python: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(new_text(), encoding="utf-8")
    nowhere = {"GEMINI_BASE_URL": "http://127.0.0.1:1", "GEMINI_API_KEY": "test-key", "AI_MODEL": MODEL}
    once = {"RESILIENCE_CUSTOM_CONFIG": '{"retry_attempts": 1}', "PYTHONPATH": f"{ROOT}:{ROOT / 'backend'}"}
    command = ["-m", "tests.support.house", "run", "qa", "--question", "What was late?", "notes.txt"]
    done = run(*command, cwd=tmp_path, python=python, **environment(**nowhere, **once))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "The model provider failed or cannot be reached. Try again.",
    )
