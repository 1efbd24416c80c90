import os
import subprocess
import sys
from typing import Any

import pytest

from tests.frontend.conftest import BACKEND_PYTHON, Opened
from tests.frontend.look import chosen, markup, run, words
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, API_KEY, TEXT, Service

OPERATIONS = ("key_points", "qa", "questions", "sentiment", "summarize")
ONCE = '{"retry_attempts": 1}'


def options_of(service: Service, operation: str) -> dict[str, dict[str, Any]]:
    cards = service.client.get("/v1/trial/operations").json()["operations"]
    return next(card["options_schema"]["properties"] for card in cards if card["id"] == operation)


def said(result: Any) -> list[str]:
    """What of a result must stand on the page."""
    match result:
        case str():
            return [result]
        case list():
            return result
        case _:
            return [result["sentiment"].capitalize(), result["explanation"]]


def test_every_operation_of_the_service_is_offered(service: Service, opened: Opened) -> None:
    cards = service.client.get("/v1/trial/operations").json()["operations"]
    assert [card["name"] for card in cards] == opened().selectbox(key="operation").options


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_form_has_the_bounds_and_the_default_of_the_schema(operation: str, service: Service, opened: Opened) -> None:
    page = chosen(opened(), operation)
    options = options_of(service, operation)
    drawn = {field.key: field for field in [*page.slider, *page.number_input]}
    assert set(drawn) == {f"trial.{operation}.{name}" for name in options}
    for name, spec in options.items():
        field = drawn[f"trial.{operation}.{name}"]
        assert (field.min, field.max, field.value) == (spec["minimum"], spec["maximum"], spec["default"])
        assert field.proto.help.replace("\\", "") == spec["description"]


def test_a_question_is_asked_where_the_operation_needs_one(opened: Opened) -> None:
    page = opened()
    asking = [name for name in OPERATIONS if any(field.key == "question" for field in chosen(page, name).text_input)]
    assert asking == ["qa"]


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_is_shown_as_the_service_gives_it(
    operation: str, streams: bool, service: Service, opened: Opened
) -> None:
    question = "Was the cake excellent?"
    page = chosen(opened(), operation)
    page.text_area[0].set_value(TEXT)
    page.toggle(key="streams").set_value(streams)
    if operation == "qa":
        page.text_input(key="question").set_value(question)
    run(page)
    extra = {"question": question} if operation == "qa" else {}
    result = service.process_text(TEXT, operation, **extra).json()["result"]
    for part in said(result):
        assert part in words(page)
    assert page.session_state.answer.reply["request_id"] in words(page)
    assert {"Cost", "Time", "Tokens in, out", "Model"} <= {metric.label for metric in page.metric}


def test_a_sentiment_is_a_meter_with_words(service: Service, opened: Opened) -> None:
    page = run(chosen(opened(), "sentiment"))
    confidence = page.session_state.answer.reply["result"]["confidence"]
    assert page.get("progress")[0].proto.value == round(confidence * 100)
    assert page.get("progress")[0].proto.text == f"Confidence: {confidence:.0%}"


def test_an_answer_from_the_cache_says_so(opened: Opened) -> None:
    page = run(run(opened()))
    assert "From the cache" in words(page)


def test_a_stand_in_says_what_it_stands_in_for(model: ModelServer, opened: Opened) -> None:
    with Service(python=BACKEND_PYTHON, RESILIENCE_CUSTOM_CONFIG=ONCE, **model.openai_env()) as service:
        model.behave(fail={"status": 500})
        page = run(chosen(opened(API_URL=service.url), "summarize"))
    assert "Made without a model" in words(page)
    assert "Stands in for the model" in words(page)
    assert page.session_state.answer.reply["degraded_reason"] in words(page)


def test_a_refused_call_is_told_in_the_words_of_the_envelope(service: Service, opened: Opened) -> None:
    page = chosen(opened(), "summarize")
    page.text_area[0].set_value("short")
    run(page)
    refused = service.process_text("short").json()["error"]
    assert page.error[0].value.replace("\\", "") == refused["message"]
    assert refused["code"] in words(page)
    assert "request id" in words(page)
    assert not page.metric


def test_a_wrong_key_is_told_and_a_typed_one_takes_its_place(opened: Opened) -> None:
    page = run(opened(API_KEY="a-wrong-key-of-nobody"))
    assert "unknown_key" in words(page)
    page.text_input(key="API_KEY").set_value(API_KEY)
    assert "Request id" in words(run(page))


def test_a_model_that_breaks_off_is_told_and_leaves_no_half_answer(model: ModelServer, opened: Opened) -> None:
    with Service(python=BACKEND_PYTHON, RESILIENCE_CUSTOM_CONFIG=ONCE, **model.openai_env()) as service:
        model.behave(truncate_after=2)
        page = chosen(opened(API_URL=service.url), "summarize")
        run(page)
    assert "provider_interrupted" in words(page)
    assert "answer" not in page.session_state


def test_a_text_file_takes_the_place_of_the_text(opened: Opened) -> None:
    page = opened()
    page.file_uploader(key="file").upload("note.md", "Größe zählt nicht immer.".encode(), "text/markdown").run()
    assert page.text_area[0].value == "Größe zählt nicht immer."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"caf\xe9 is open today", "is not UTF-8 text: byte 3"),
        (b"a" * 10_001, "holds more than 10,000 characters"),
        ("ä".encode() * 10_001, "holds more than 10,000 characters"),
        (b"a" * 900_000, "holds more than 10,000 characters"),
    ],
    ids=["latin-1", "one too many", "one too many of two bytes", "much too large"],
)
def test_a_file_that_cannot_be_asked_about_is_refused_with_its_reason(
    content: bytes, said: str, opened: Opened
) -> None:
    page = opened()
    before = page.text_area[0].value
    page.file_uploader(key="file").upload("note.txt", content, "text/plain").run()
    assert said in words(page)
    assert page.text_area[0].value == before


def test_a_sample_takes_the_place_of_the_text(opened: Opened) -> None:
    page = opened()
    before = page.text_area[0].value
    page.pills(key="sample").set_value("Meeting notes").run()
    assert page.text_area[0].value != before


def test_the_text_outlives_a_look_at_another_page(opened: Opened) -> None:
    page = opened()
    page.text_area[0].set_value("What was typed here before.").run()
    page.switch_page("views/batch.py").run()
    page.switch_page("views/playground.py").run()
    assert page.text_area[0].value == "What was typed here before."


def test_the_code_to_paste_does_what_the_page_did(opened: Opened) -> None:
    page = chosen(opened(), "summarize")
    page.text_area[0].set_value("It's the guest's cake. \"Tea\" was $HOME made, and the guests did not mind at all.")
    run(page)
    curl, python = (code.value for code in page.code if "process" in code.value)
    for command in (["bash", "-c", curl], [sys.executable, "-c", python]):
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
        assert page.session_state.answer.reply["result"] in done.stdout.replace('\\"', '"')


def test_no_key_is_in_what_the_browser_gets(opened: Opened) -> None:
    page = opened()
    page.text_input(key="ADMIN_API_KEY").set_value(ADMIN_KEY)
    run(page)
    assert "Bearer $API_KEY" in markup(page)
    assert API_KEY not in markup(page)
    assert ADMIN_KEY not in markup(page)
    assert not page.query_params
