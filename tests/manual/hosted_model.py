"""Ask the hosted model of the environment: `make test-backend-manual`. It costs money, so nothing else runs it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.test_contract import Op, each, request
from tests.support.service import Service
from tests.support.traffic import events

CHOICE = (
    "AI_MODEL",
    *(f"{host}_{what}" for host in ("GEMINI", "OPENAI", "ANTHROPIC") for what in ("API_KEY", "BASE_URL")),
)


@pytest.fixture(scope="module")
def hosted() -> Iterator[Service]:
    given: dict[str, Any] = {name: os.environ[name] for name in CHOICE if name in os.environ}
    if not given:
        pytest.skip("no provider is named: set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY")
    with Service(product=True, **given) as service:
        yield service


@each
def test_the_model_answers_it(op: Op, hosted: Service) -> None:
    answer = hosted.client.post(f"/v1/{op.domain}/process", json=request(op))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["source"], answer.json()["degraded"]) == ("model", False)


@each
def test_the_model_streams_it(op: Op, hosted: Service) -> None:
    body = request(op, text="The train left on time. Nobody had expected that, so half of the passengers missed it.")
    answer = hosted.client.post(f"/v1/{op.domain}/stream", json=body)
    assert [event.name for event in events(answer.text.split("\n"))][-2:] == ["usage", "done"], answer.text
