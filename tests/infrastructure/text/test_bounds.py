"""Any text works, keeps its bounds, gives the same answer twice and costs no more than its length."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.infrastructure.text import (
    extract_sentences,
    find_answer,
    judge_sentiment,
    make_questions,
    rank_key_points,
    split_sentences,
)
from tests.infrastructure.text.corpus import HOSTILE, LENGTH

_PARTS = st.sampled_from(
    [
        *(
            "The ",
            "council ",
            "Dr. ",
            "U.S. ",
            "approved ",
            "because ",
            "is ",
            "He ",
            "not ",
            "good",
            "bad ",
            "I ",
            "5 ",
        ),
        *("in 2027", "by a third", "$", ". ", "? ", "...", "\n", "\n- ", '"', "(", ",", "; ", " ", "x" * 50),
        *("北京", "。", "😀", "é", "\u0301"),
    ]
)
TEXTS = st.one_of(st.text(min_size=1, max_size=300), st.lists(_PARTS, min_size=1, max_size=60).map("".join))
TOOLS: dict[str, Callable[[str], object]] = {
    "split_sentences": split_sentences,
    "extract_sentences": lambda text: extract_sentences(text, 1000),
    "rank_key_points": lambda text: rank_key_points(text, 20),
    "judge_sentiment": judge_sentiment,
    "make_questions": lambda text: make_questions(text, 20),
    "find_answer": lambda text: find_answer("Who approved the bad plan because of 12 rents in March?", text),
}


def _check(text: str, words: int, count: int) -> None:
    summary = extract_sentences(text, words)
    assert 1 <= len(summary.split()) <= words
    assert summary == extract_sentences(text, words)
    for made in (rank_key_points(text, count), make_questions(text, count)):
        assert 1 <= len(made) <= count
        assert len(set(made)) == len(made)
        assert all(line.strip() for line in made)
    assert 0 <= judge_sentiment(text).confidence <= 1
    assert find_answer(text, text)
    flat = "".join(text.split())
    assert all("".join(sentence.split()) in flat for sentence in split_sentences(text))


@settings(deadline=None, max_examples=150)
@given(text=TEXTS, words=st.integers(1, 60), count=st.integers(1, 12))
def test_any_text_works_and_keeps_its_bounds(text: str, words: int, count: int) -> None:
    _check(text, words, count)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_works_and_keeps_its_bounds(name: str) -> None:
    assert len(HOSTILE[name]) <= LENGTH
    _check(HOSTILE[name], 100, 10)


@settings(deadline=None, max_examples=50)
@given(text=TEXTS)
def test_the_same_text_gives_the_same_answers(text: str) -> None:
    assert [tool(text) for tool in TOOLS.values()] == [tool(text) for tool in TOOLS.values()]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "name",
    ["one-letter sentences", "two-word sentences", "same sentence", "feelings", "titles", "chinese without stops"],
)
def test_twice_the_text_is_no_more_than_about_twice_the_work(tool: str, name: str) -> None:
    half, whole, call = HOSTILE[name][:2000], HOSTILE[name][:4000], TOOLS[tool]
    call(half)  # whatever is compiled or loaded once
    assert _instructions(lambda: call(whole)) < 2.1 * _instructions(lambda: call(half)) + 2000


def _instructions(call: Callable[[], object]) -> int:
    """How many bytecode instructions Python executes for a call."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
