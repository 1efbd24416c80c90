"""Answers that are too long, and characters that come in halves."""

import gzip
from collections.abc import Callable

import pytest

from app.core.errors import ProviderBadAnswer, ProviderError
from app.core.settings import ModelSettings
from app.infrastructure.ai.providers import Hosted
from tests.infrastructure.ai.providers.conftest import answer
from tests.infrastructure.ai.providers.odd_model import OddModel
from tests.support.model_server import ModelServer

TOKENS = 500
MOST = 16 * TOKENS


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("Tea \\ud83c", "\\udf75 was late"), "Tea \U0001f375 was late"),
        (("Tea \\ud83c", " was late"), "Tea \ufffd was late"),
        (("Tea was late \\ud83c",), "Tea was late \ufffd"),
        (("\\udf75 Tea was", " late"), "\ufffd Tea was late"),
    ],
)
async def test_halves_of_a_character_are_joined_or_replaced(
    asked: Hosted, odd: OddModel, streamed: bool, pieces: tuple[str, ...], text: str
) -> None:
    odd.says(*pieces)
    assert (await answer(asked, streamed)).text == text


@pytest.mark.parametrize("chunks", [1, 40])
async def test_an_answer_that_does_not_end_is_given_up(
    served: ModelSettings,
    server: ModelServer,
    open_hosted: Callable[[ModelSettings], Hosted],
    streamed: bool,
    chunks: int,
) -> None:
    hosted = open_hosted(served.model_copy(update={"ai_max_output_tokens": TOKENS}))
    server.behave(text="a" * MOST, chunks=chunks)
    assert (await answer(hosted, streamed)).text == "a" * MOST
    server.behave(text="a" * (MOST + 1), chunks=chunks)
    with pytest.raises(ProviderBadAnswer):
        await answer(hosted, streamed)


async def test_a_body_is_read_to_a_bound(
    asked: Hosted, odd: OddModel, streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    padding = ":\n" if streamed else " "
    odd.says("Tea was late.", before=padding * 1_000)
    assert (await answer(asked, streamed)).text == "Tea was late."
    odd.says("Tea was late.", before=padding * 3_000_000)
    with pytest.raises(ProviderError):
        await answer(asked, streamed)
    assert "cut off an answer" in caplog.text


async def test_a_packed_body_is_not_asked_for_and_not_unpacked(asked: Hosted, odd: OddModel, streamed: bool) -> None:
    odd.says("Tea was late.")
    odd.sends(gzip.compress(odd.streamed if streamed else odd.plain), Content_Encoding="gzip")
    with pytest.raises(ProviderBadAnswer):
        await answer(asked, streamed)
    assert odd.accepted == "identity"


@pytest.mark.parametrize("tokens", ["99999999999999999999999999", "10000001"])
async def test_more_tokens_than_any_model_has_are_unknown(
    asked: Hosted, odd: OddModel, streamed: bool, tokens: str
) -> None:
    odd.says("Tea.", usage=f'{{"prompt_tokens":{tokens},"completion_tokens":1,"total_tokens":2}}')
    usage = (await answer(asked, streamed)).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (0, 0, None)
