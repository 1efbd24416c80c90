import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from app.core.settings import ModelSettings
from app.infrastructure.ai.providers import Hosted
from tests.infrastructure.ai.helpers import prompt, settings
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer

HEAVY = ("pydantic_ai", "openai", "anthropic", "google", "genai_prices", "httpx2")


class Review(BaseModel):
    mood: Literal["good", "bad"]
    score: float = Field(ge=0.5, le=0.9)
    stars: int = Field(ge=2, le=5)
    words: list[Annotated[str, Field(min_length=1, max_length=20)]] = Field(min_length=3, max_length=4)
    note: str | None


async def test_a_plain_answer_arrives_with_its_usage(hosted: Hosted, server: ModelServer) -> None:
    server.behave(text="five words in an answer")
    completion = await hosted.complete(prompt())
    assert completion.text == "five words in an answer"
    assert completion.usage.output_tokens == 5
    assert completion.usage.input_tokens > 10
    assert completion.model == hosted.model


async def test_the_server_sees_the_rendered_prompt_and_the_limits(
    served: ModelSettings, server: ModelServer, open_hosted: Callable[[ModelSettings], Hosted]
) -> None:
    hosted = open_hosted(served.model_copy(update={"ai_max_output_tokens": 77, "ai_temperature": 0.625}))
    sent = prompt("A very odd material.")
    await hosted.complete(sent)
    [call] = server.calls()
    assert (call["provider"], call["model"]) == (hosted.name, hosted.model.partition(":")[2])
    body = str(call["body"])
    assert "Repeat the material." in body
    assert f"material-{sent.nonce}" in body
    assert "A very odd material." in body
    assert "77" in body
    assert "0.625" in body


@pytest.mark.parametrize("answer", [Review, list[Review], Annotated[list[int], Field(min_length=2)]])
async def test_a_typed_answer_follows_the_schema_that_was_sent(hosted: Hosted, answer: Any) -> None:
    asked = prompt(answer=answer)
    completion = await hosted.complete(asked)
    asked.question.adapter.validate_json(completion.text)


async def test_a_typed_answer_that_is_no_json_comes_back_for_inspection(hosted: Hosted, server: ModelServer) -> None:
    server.behave(bad_json=1)
    assert (await hosted.complete(prompt(answer=list[str]))).text == '{"unfinished": '


async def test_a_model_without_native_schemas_is_told_the_schema(
    server: ModelServer, open_hosted: Callable[[ModelSettings], Hosted]
) -> None:
    server.behave(text='{"answer": ["a"]}')
    hosted = open_hosted(settings(**server.anthropic_env("claude-of-old")))
    assert (await hosted.complete(prompt(answer=list[str]))).text == '["a"]'
    [call] = server.calls()
    assert "output_config" not in call["body"]
    assert "JSON" in str(call["body"]["system"])


async def test_a_stream_adds_up_and_ends_with_usage(hosted: Hosted, server: ModelServer) -> None:
    server.behave(text="one two three four")
    *pieces, last = [delta async for delta in hosted.stream(prompt())]
    assert [piece.text for piece in pieces] == ["one ", "two ", "three ", "four"]
    assert last.text == ""
    assert last.usage is not None
    assert last.usage.output_tokens == 4
    assert {delta.model for delta in (*pieces, last)} == {hosted.model}


async def test_a_known_model_has_a_cost_and_a_compatible_server_none(hosted: Hosted) -> None:
    cost = (await hosted.complete(prompt())).usage.cost_usd
    if hosted.name == "openai":
        assert cost is None
    else:
        assert cost is not None
        assert 0 < cost < 0.01


async def test_an_unknown_model_has_no_cost(
    server: ModelServer, open_hosted: Callable[[ModelSettings], Hosted]
) -> None:
    hosted = open_hosted(settings(**server.gemini_env("gemini-from-the-future")))
    assert (await hosted.complete(prompt())).usage.cost_usd is None


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_cancelled_call_ends_at_the_server_too(hosted: Hosted, server: ModelServer, streamed: bool) -> None:
    server.behave(stall_after=1)

    async def use() -> None:
        if streamed:
            async for _ in hosted.stream(prompt()):
                pass
        else:
            await hosted.complete(prompt())

    task = asyncio.create_task(use())
    await eventually(lambda: len(server.calls()) == 1, within=20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: server.calls()[0]["disconnected"])


async def test_a_stream_that_is_left_ends_at_the_server_too(hosted: Hosted, server: ModelServer) -> None:
    server.behave(stall_after=2)
    deltas = hosted.stream(prompt())
    await anext(deltas)
    await deltas.aclose()
    await eventually(lambda: server.calls()[0]["disconnected"])


async def test_calls_share_one_connection(hosted: Hosted, server: ModelServer) -> None:
    for _ in range(3):
        await hosted.complete(prompt())
        assert [delta async for delta in hosted.stream(prompt())]
    calls = server.calls()
    assert len(calls) == 6
    assert len({call["peer"] for call in calls}) == 1


async def test_loading_at_once_builds_one_client(hosted: Hosted) -> None:
    sessions = await asyncio.gather(*(asyncio.to_thread(hosted.load) for _ in range(4)))
    assert len(set(map(id, sessions))) == 1


def test_importing_the_providers_imports_no_sdk() -> None:
    program = (
        "import sys; from app.infrastructure.ai import models, pricing, providers;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
