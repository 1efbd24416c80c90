"""What no reader sees goes first, so that it hides nothing from the other checks, whatever pieces an answer has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ProviderBadAnswer
from app.core.events import Inspected
from app.infrastructure.ai.inspection import Inspector
from app.infrastructure.ai.inspection.characters import Readable, readable
from app.infrastructure.ai.inspection.findings import Findings
from app.infrastructure.ai.question import Prompt, Question
from app.infrastructure.ai.render import render

INSTRUCTIONS = "Summarize the material in at most 321 words, in its own language, and never say who asked for it."
FLAG = "\N{WAVING BLACK FLAG}"
WALES = FLAG + "\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
UNSEEN = ["\u202a", "\u202e", "\u2066", "\u206a", "\U000e0041", "\U000e007f"]
GONE = {
    "\x1b[31mred\x9b0m": "\u241b[31mred\ufffd0m",
    "nothing\rEverything": "nothing\nEverything",
    "a\r\u202a\ntea\x00\nb": "a\n\ntea\u2400\nb",
    "https://evil\x1b[0m.example": "hxxps://evil\u241b[0m.example",
    "user\u202etxt.exe\u2066": "usertxt.exe",
    "plain\U000e0041\U000e0042": "plain",
    WALES + WALES[1:]: WALES,
    WALES[:-1]: FLAG,
    FLAG + "\U000e0061" * 6 + "\U000e007f": FLAG,
    FLAG + WALES: FLAG + WALES,
}
STAY = ["one\r\ntwo\tthree", "👩\u200d👩\u200d👧 \u200fשלום\u200e", f"{WALES} {FLAG}", "می\u200cخواهم", FLAG]
WORDS = [
    *UNSEEN,
    *"\r\n\x1b\x9f",
    *WALES,
    WALES,
    FLAG,
    "htt",
    "ps://evil.example ",
    "<scr",
    "ipt>",
    "java",
    "script:x",
    "tea ",
]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map("".join)


def prompt(answer: object = str) -> Prompt:
    return render(Question(answer, INSTRUCTIONS, "Tea was late.", name="tea.make"))  # type: ignore[arg-type]


def whole(text: str) -> str:
    said: str = json.loads(Inspector().parse(prompt(), text))
    return said


def streamed(asked: Prompt, pieces: list[str]) -> str:
    watch = Inspector().watch(asked)
    return "".join([*map(watch.feed, pieces), watch.rest()])


@pytest.mark.parametrize("text", GONE)
def test_what_nobody_sees_is_shown_or_taken_out(text: str) -> None:
    assert whole(text) == streamed(prompt(), list(text)) == GONE[text]


@pytest.mark.parametrize("text", STAY)
def test_line_ends_marks_joiners_and_the_three_flags_stay(text: str) -> None:
    assert whole(text) == streamed(prompt(), list(text)) == text


@pytest.mark.parametrize("unseen", UNSEEN)
def test_it_hides_no_address_tag_or_script(unseen: str) -> None:
    text = f"htt{unseen}ps://evil.example <scr{unseen}ipt> [x](java{unseen}script:go())"
    safe = "hxxps://evil.example &lt;script> [x](unsafe:javascript:go())"
    assert whole(text) == streamed(prompt(), list(text)) == safe
    assert json.loads(Inspector().parse(prompt(list[str]), json.dumps([text]))) == [safe]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("size", [1, 12, 40])
def test_it_hides_no_leak(unseen: str, size: int) -> None:
    asked, items = prompt(), prompt(list[str])
    for secret in (INSTRUCTIONS, asked.nonce, items.nonce):
        leak = unseen.join(secret[at : at + size] for at in range(0, len(secret), size))
        if secret != items.nonce:
            with pytest.raises(ProviderBadAnswer):
                Inspector().parse(asked, leak)
            with pytest.raises(ProviderBadAnswer):
                streamed(asked, list(leak))
        if secret != asked.nonce:
            with pytest.raises(ProviderBadAnswer):
                Inspector().parse(items, json.dumps([leak]))


@given(texts, st.lists(st.integers(1, 9), max_size=30))
def test_any_split_of_any_text_gives_the_same(text: str, sizes: list[int]) -> None:
    pieces, at = list[str](), 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    stream = Readable(Findings())
    assert "".join([*map(stream.feed, [*pieces, text[at:]]), stream.rest()]) == readable(text, Findings())


@given(texts)
def test_what_was_made_readable_stays_as_it_is(text: str) -> None:
    once = readable(text, Findings())
    assert readable(once, Findings()) == once


def test_only_what_may_become_a_flag_or_a_line_end_is_held_back() -> None:
    stream = Readable(Findings())
    assert [stream.feed(piece) for piece in ("tea", WALES[:3], WALES[3:], FLAG, " late\r", "\n")] == [
        "tea", "", WALES, "", f"{FLAG} late", "\r\n",
    ]  # fmt: skip


def test_it_is_reported_once() -> None:
    heard = list[object]()
    watch = Inspector(hook=heard.append).watch(prompt())
    for piece in ("a\u202a", "b\u202a", "\r\n", "\x1b", "\x1b"):
        watch.feed(piece)
    assert heard == [Inspected("tea.make", "mended", kind) for kind in ("invisible", "control")]
