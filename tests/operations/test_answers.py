"""What a model's answer may look like."""

import json

import httpx2
import pytest

from tests.support.model_server import ModelServer
from tests.support.service import TEXT

MOOD = {"sentiment": "positive", "confidence": 0.9, "explanation": "The cake was excellent."}


@pytest.mark.parametrize("fence", ["json\n", "JSON\n", "Json ", "\n"])
def test_a_typed_answer_in_a_fence_is_paid_for_once(hosted: httpx2.Client, model: ModelServer, fence: str) -> None:
    model.behave(text=f"```{fence}{json.dumps(MOOD)}\n```")
    body = {"operation": "sentiment", "text": f"{TEXT} Behind {fence!r}."}
    assert hosted.post("/v1/trial/process", json=body).json()["result"] == MOOD
    assert len(model.calls()) == 1
