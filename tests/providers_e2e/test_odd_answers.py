"""Answers that no encoder writes, in front of a service: never a 500, never a stream without an end."""

from collections.abc import Iterator

import pytest

from tests.infrastructure.ai.providers.odd_model import OddModel
from tests.support.service import Service
from tests.support.traffic import body, post, said, streamed


@pytest.fixture(scope="module")
def odd() -> Iterator[OddModel]:
    with OddModel() as model:
        yield model


@pytest.fixture(scope="module")
def service(odd: OddModel) -> Iterator[Service]:
    with Service(AI_MAX_OUTPUT_TOKENS="500", **odd.env) as service:
        yield service


def test_half_a_character_is_replaced_and_two_halves_are_one(service: Service, odd: OddModel) -> None:
    odd.says("Tea \\ud83c", "\\udf75 was late \\ud83c.")
    stream = streamed(service, body())
    assert said(stream) == stream[-1].data["result"] == "Tea \U0001f375 was late \ufffd."
    assert post(service, body()).json()["result"] == said(stream)


def test_a_count_of_tokens_that_cannot_be_is_not_passed_on(service: Service, odd: OddModel) -> None:
    odd.says("Tea.", usage='{"prompt_tokens":99999999999999999999999999,"completion_tokens":1,"total_tokens":2}')
    unknown = {"input_tokens": 0, "output_tokens": 0, "cost_usd": None}
    assert post(service, body()).json()["usage"] == unknown
    assert [event.data for event in streamed(service, body())[-2:-1]] == [unknown]
    assert service.operator.get("/internal/monitoring/overview").status_code == 200


def test_a_stream_that_does_not_end_ends_with_an_error_event(service: Service, odd: OddModel) -> None:
    odd.says(*["tea " * 250] * 100)
    stream = streamed(service, body())
    assert (stream[-1].name, stream[-1].data["error"]["code"]) == ("error", "provider_bad_answer")
    assert 0 < len(said(stream)) <= 8000
    assert post(service, body()).json()["error"]["code"] == "provider_bad_answer"


@pytest.mark.parametrize("path", ["process", "stream"])
def test_json_nested_without_end_is_a_bad_answer(service: Service, odd: OddModel, path: str) -> None:
    odd.sends(b"data: " * (path == "stream") + b"[" * 100_000 + b"\n\n")
    response = post(service, body(), path)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "provider_bad_answer")
