"""What a request may say."""

import json
from typing import Any

import httpx2
import pytest

from tests.support.service import TEXT, Service

PROCESS = "/v1/trial/process"
WRONG_NUMBERS: list[Any] = [1.5, "many", None, [], {}, 2**70]


def refused(response: httpx2.Response, param: str) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (422, "validation_failed", param)
    return error


@pytest.mark.parametrize("length", [10, 10_000])
def test_a_text_of_a_length_at_the_bounds_is_taken(service: Service, length: int) -> None:
    assert service.process_text(("Tea is hot. " * 1000)[: length - 1] + ".").status_code == 200


@pytest.mark.parametrize("length", [0, 1, 9, 10_001, 12_001, 100_000])
def test_a_text_of_a_length_beyond_them_is_refused(service: Service, length: int) -> None:
    refused(service.process_text("x" * length), "text")


def test_white_space_around_a_text_does_not_count(service: Service) -> None:
    assert service.process_text(" \n" * 400 + "x" * 10_000 + " " * 1000).status_code == 200
    refused(service.process_text(" " * 100 + "x" * 9), "text")
    refused(service.process_text(" " * 2_001 + "x" * 10_000), "text")


@pytest.mark.parametrize("text", ["   ", "\n" * 50, "\u3000" * 20])
def test_white_space_alone_is_no_text(service: Service, text: str) -> None:
    refused(service.process_text(text), "text")


def test_characters_count_and_not_bytes(service: Service) -> None:
    assert service.process_text("🍵" * 10_000).status_code == 200
    refused(service.process_text("🍵" * 9), "text")


def test_nul_is_refused(service: Service) -> None:
    refused(service.process_text(f"{TEXT}\x00"), "text")


@pytest.mark.parametrize("surrogate", [r"\ud800", r"\udfff", r"\ud83c x"])
def test_half_a_character_is_refused(service: Service, surrogate: str) -> None:
    body = json.dumps({"operation": "summarize", "text": TEXT}).replace("late", f"late {surrogate}")
    response = service.client.post(PROCESS, content=body.encode(), headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)


@pytest.mark.parametrize("text", [None, 7, ["text"], {"text": TEXT}, True])
def test_a_text_of_another_type_is_refused(service: Service, text: Any) -> None:
    refused(service.client.post(PROCESS, json={"operation": "summarize", "text": text}), "text")


def test_an_unknown_operation_is_refused_with_the_known_ones(service: Service) -> None:
    error = refused(service.process_text(operation="swordfish"), "operation")
    assert "summarize" in error["message"]
    assert "swordfish" not in json.dumps(error)


@pytest.mark.parametrize("operation", [None, 1, "", "Summarize", "trial.summarize"])
def test_an_operation_is_called_by_its_name(service: Service, operation: Any) -> None:
    refused(service.client.post(PROCESS, json={"operation": operation, "text": TEXT}), "operation")


def test_an_operation_has_to_be_named(service: Service) -> None:
    refused(service.client.post(PROCESS, json={"text": TEXT}), "operation")


@pytest.mark.parametrize(
    ("operation", "option", "low", "high"),
    [("summarize", "max_length", 10, 1000), ("key_points", "max_points", 1, 20), ("questions", "num_questions", 1, 20)],
)
def test_an_option_is_taken_within_its_bounds_and_refused_beyond(
    service: Service, operation: str, option: str, low: int, high: int
) -> None:
    for value in (low, high):
        assert service.process_text(operation=operation, options={option: value}).status_code == 200
    for wrong in (*WRONG_NUMBERS, low - 1, high + 1):
        refused(service.process_text(operation=operation, options={option: wrong}), f"options.{option}")


@pytest.mark.parametrize("operation", ["summarize", "sentiment"])
def test_an_unknown_option_is_refused(service: Service, operation: str) -> None:
    refused(service.process_text(operation=operation, options={"tone": "dry"}), "options.tone")


@pytest.mark.parametrize("options", [None, [], "short"])
def test_options_are_an_object(service: Service, options: Any) -> None:
    refused(service.process_text(options=options), "options")


def test_an_unknown_field_is_refused(service: Service) -> None:
    refused(service.process_text(texts=[TEXT]), "texts")


def test_a_question_is_asked_where_one_is_needed_and_nowhere_else(service: Service) -> None:
    refused(service.process_text(operation="qa"), "question")
    refused(service.process_text(question="Why?"), "question")
    assert service.process_text(operation="qa", question="What was late?").status_code == 200


@pytest.mark.parametrize("question", ["", "?", " ? ", "x" * 2_001, None, 7, "why\x00?"])
def test_a_question_has_bounds(service: Service, question: Any) -> None:
    refused(service.process_text(operation="qa", question=question), "question")


def test_metadata_is_echoed_and_bounded(service: Service) -> None:
    good = {f"k{number}": "v" * 512 for number in range(16)}
    assert service.process_text(metadata=good).json()["metadata"] == good
    refused(service.process_text(metadata=good | {"one": "more"}), "metadata")
    assert service.process_text(metadata={"k": "v" * 513}).status_code == 422
    assert service.process_text(metadata={"k" * 65: "v"}).status_code == 422
    assert service.process_text(metadata={"k": 1}).status_code == 422


def test_a_text_is_passed_on_as_it_was_sent(service: Service) -> None:
    assert service.process_text("x" * 30).json()["result"] == "x" * 30


def test_a_reply_says_where_its_result_comes_from(service: Service) -> None:
    text = f"{TEXT} Nobody has asked this before."
    reply = service.process_text(text).json()
    assert (reply["operation"], reply["success"], reply["source"], reply["model"]) == (
        "summarize",
        True,
        "offline",
        "offline",
    )
    assert reply["degraded"] is reply["cache_hit"] is False
    assert reply["usage"] == {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0}
    assert service.process_text(text).json()["cache_hit"] is True
