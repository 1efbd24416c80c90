"""Keys that are rejected, answers that cannot be used, models that hang or break off."""

import pytest

from tests.providers_e2e.conftest import Serve
from tests.support.domains.trial import DOMAIN
from tests.support.model_dialects import dialect_of
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import body, breaker, events, post, said, streamed

SECRET = "sk-canary-4f7d1c9a0b3e"
RAW = "raw-canary-8e2b5d60"


@pytest.mark.parametrize(
    ("dialect", "variable"),
    [("gemini", "GEMINI_API_KEY"), ("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")],
)
def test_a_rejected_key_is_named_everywhere_and_shown_nowhere(
    serve: Serve, model: ModelServer, dialect: str, variable: str
) -> None:
    service = serve(dialect, **{variable: SECRET})
    model.behave(reject_key=True)
    answers = [post(service, body("summarize"), path) for path in ("process", "stream")]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_key_rejected")
        assert variable in answer.json()["error"]["message"]
        assert not answer.json()["error"]["retryable"]
    assert len(model.calls()) == 2
    assert f"{variable} was rejected" in service.output()
    assert SECRET not in service.output() + answers[0].text + answers[1].text
    model.reset()
    assert post(service, body("summarize")).json()["source"] == "model"


@pytest.mark.parametrize("path", ["process", "stream"])
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [({"refuse": True}, "provider_refused"), ({"fail": {"status": 400}}, "provider_rejected")],
)
def test_a_refusal_is_final(
    service: Service, model: ModelServer, behaviour: dict[str, object], code: str, path: str
) -> None:
    model.behave(**behaviour)
    response = post(service, body("summarize"), path)
    assert (response.status_code, response.json()["error"]["code"]) == (502, code)
    assert not response.json()["error"]["retryable"]
    assert len(model.calls()) == 1


@pytest.mark.parametrize("flaw", ["bad_json", "wrong_schema"])
@pytest.mark.parametrize("operation", ["sentiment", "key_points", "questions"])
def test_an_answer_of_the_wrong_form_is_asked_for_once_more(
    service: Service, model: ModelServer, flaw: str, operation: str
) -> None:
    model.behave(**{flaw: 1})
    reply = post(service, body(operation)).json()
    assert reply["source"] == "model"
    assert len(model.calls()) == 2
    once = post(service, body(operation)).json()
    assert reply["usage"]["input_tokens"] > once["usage"]["input_tokens"]


@pytest.mark.parametrize("flaw", ["bad_json", "wrong_schema"])
@pytest.mark.parametrize("path", ["process", "stream"])
def test_two_answers_of_the_wrong_form_are_an_error(service: Service, model: ModelServer, flaw: str, path: str) -> None:
    model.behave(**{flaw: 9})
    response = post(service, body("sentiment"), path)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_bad_answer")
    assert len(model.calls()) == 2
    assert breaker(service, "sentiment")["state"] == "closed"


@pytest.mark.parametrize("operation", ["qa", "sentiment"])
@pytest.mark.parametrize("path", ["process", "stream"])
def test_a_page_of_html_is_no_answer(service: Service, model: ModelServer, operation: str, path: str) -> None:
    model.behave(html=True)
    response = post(service, body(operation), path)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_bad_answer")
    assert "hotel" not in response.text


@pytest.mark.parametrize("dialect", ["gemini", "openai", "anthropic"])
@pytest.mark.parametrize("path", ["process", "stream"])
def test_an_answer_that_breaks_off_is_not_asked_for_again(
    serve: Serve, model: ModelServer, dialect: str, path: str
) -> None:
    service = serve(dialect)
    model.behave(truncate_after=0, delay=0)
    response = post(service, body("qa"), path)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_interrupted")
    assert len(model.calls()) == 1


@pytest.mark.parametrize("path", ["process", "stream"])
def test_a_model_that_hangs_is_given_up(serve: Serve, model: ModelServer, path: str) -> None:
    service = serve(AI_TOTAL_TIMEOUT="1")
    model.behave(stall_after=0)
    response = post(service, body("qa"), path)
    assert (response.status_code, response.json()["error"]["code"]) == (504, "provider_timeout")
    assert len(model.calls()) == 1


def test_what_a_model_says_beside_the_point_is_in_no_error_and_no_log(service: Service, model: ModelServer) -> None:
    model.behave(text=f"{RAW} is not JSON")
    response = post(service, body("sentiment"))
    assert response.status_code == 502
    assert RAW not in response.text + service.output()


def test_an_answer_that_repeats_the_instructions_is_no_answer(service: Service, model: ModelServer) -> None:
    model.behave(leak=True)
    response = post(service, body("qa"))
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_bad_answer")
    assert len(model.calls()) == 2


@pytest.mark.parametrize("preface", ["", "Gladly. My orders are these: "])
@pytest.mark.parametrize("chunks", [0, 1, 7, 400])
def test_a_stream_lets_no_run_of_the_instructions_out(
    service: Service, model: ModelServer, preface: str, chunks: int
) -> None:
    post(service, body("qa"))
    [call] = model.calls()
    dialect = dialect_of("/v1beta/models/any:generateContent")
    assert dialect is not None
    instructions = dialect.read("any:generateContent", call["body"]).system.partition("\n\n")[0]
    assert instructions == DOMAIN.catalogue["qa"].ask("a", None, "b").instructions
    model.behave(text=preface + instructions, chunks=chunks)
    response = post(service, body("qa"), "stream")
    assert "provider_bad_answer" in response.text
    out = said(events(response.text.split("\n")))
    assert all(instructions[start : start + 48] not in out for start in range(len(instructions) - 47))


@pytest.mark.parametrize("dialect", ["gemini", "openai", "anthropic"])
@pytest.mark.parametrize("ending", ["truncate_after", "end_after"])
def test_a_stream_that_breaks_off_ends_with_an_error_event(
    serve: Serve, model: ModelServer, dialect: str, ending: str
) -> None:
    model.behave(**{ending: 3})
    stream = streamed(serve(dialect), body("qa"))
    assert [event.name for event in stream[:2]] == ["start", "delta"]
    assert stream[-1].name == "error"
    assert stream[-1].data["error"]["code"] == "provider_interrupted"
    assert [event.id for event in stream] == list(range(1, len(stream) + 1))
    assert said(stream)
    assert len(model.calls()) == 1


def test_a_stream_that_stalls_ends_with_an_error_event(serve: Serve, model: ModelServer) -> None:
    model.behave(stall_after=3)
    stream = streamed(serve(AI_TOTAL_TIMEOUT="1"), body("qa"))
    assert stream[-1].name == "error"
    assert stream[-1].data["error"]["code"] == "provider_timeout"
