import threading

import pytest

from app.core.errors import ModelRequired
from app.infrastructure.ai.providers import Offline
from app.infrastructure.ai.question import Usage
from tests.infrastructure.ai.helpers import prompt


async def test_plain_text_comes_as_it_is_and_costs_nothing() -> None:
    completion = await Offline().complete(prompt(offline=lambda: "two words"))
    assert (completion.text, completion.usage, completion.model) == ("two words", Usage(0, 0, 0.0), "offline")


async def test_a_typed_answer_comes_as_json() -> None:
    completion = await Offline().complete(prompt(answer=list[str], offline=lambda: ["één", "two"]))
    assert completion.text == '["één","two"]'


async def test_a_question_without_an_offline_answer_needs_a_model() -> None:
    with pytest.raises(ModelRequired):
        await Offline().complete(prompt())


@pytest.mark.parametrize("text", ["one", " a  tale\nof two\tcities ", ""])
async def test_a_stream_adds_up_to_the_whole_answer(text: str) -> None:
    *pieces, last = [delta async for delta in Offline().stream(prompt(offline=lambda: text))]
    assert "".join(piece.text for piece in pieces) == text
    assert len(pieces) == len(text.split())
    assert (last.text, last.usage) == ("", Usage())


@pytest.mark.parametrize(("length", "elsewhere"), [(2000, False), (2001, True)])
async def test_long_material_is_worked_in_a_thread(length: int, elsewhere: bool) -> None:
    threads = []

    def work() -> str:
        threads.append(threading.current_thread())
        return "done"

    await Offline().complete(prompt("x" * length, offline=work))
    assert (threads != [threading.current_thread()]) == elsewhere
