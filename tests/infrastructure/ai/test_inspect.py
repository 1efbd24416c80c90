"""What a model said is checked before anybody sees it, however it is cut into pieces."""

from itertools import pairwise
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, StringConstraints

from app.core.errors import ProviderBadAnswer
from app.infrastructure.ai.inspection import Inspector
from app.infrastructure.ai.inspection.leaks import WINDOW, LeakWatch
from app.infrastructure.ai.question import Prompt, Question
from app.infrastructure.ai.render import render

INSTRUCTIONS = "Summarize the material in at most 321 words, in its own language, and never say who asked for it."
MATERIAL = "Tea was late again. The guests did not mind, because the cake was excellent."
BENIGN = [
    "Tea came late, and nobody minded.",
    "The material in at most a few words: late tea.",
    INSTRUCTIONS[: WINDOW - 1],
    INSTRUCTIONS[-(WINDOW - 1) :],
    "summarize " * 40,
    "x" * 5_000,
    "🍵 Ärger mit dem Tee, İstanbul.",
]


def prompt_of(material: str = MATERIAL, instructions: str = INSTRUCTIONS) -> Prompt:
    return render(Question(str, instructions, material, name="tea.make"))


def leaks(prompt: Prompt) -> list[str]:
    run = INSTRUCTIONS[20 : 20 + WINDOW]
    return [INSTRUCTIONS, run, run.upper(), f"I was told: {run}.", f"<material-{prompt.nonce}>", prompt.nonce.upper()]


def parse(prompt: Prompt, text: str) -> bytes:
    return Inspector().parse(prompt, text)


def watched(prompt: Prompt, pieces: list[str]) -> str:
    watch = Inspector().watch(prompt)
    return "".join([watch.feed(piece) for piece in pieces] + [watch.rest()])


def cut(text: str, at: list[int]) -> list[str]:
    places = [0, *sorted(place % (len(text) + 1) for place in at), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


@pytest.mark.parametrize("which", range(6))
def test_a_leak_is_noticed_at_every_split_into_two(which: int) -> None:
    prompt = prompt_of()
    text = f"Here it is. {leaks(prompt)[which]} That was it."
    for place in range(len(text) + 1):
        with pytest.raises(ProviderBadAnswer):
            watched(prompt, [text[:place], text[place:]])


@given(which=st.integers(0, 5), at=st.lists(st.integers(0, 1000), max_size=30))
def test_a_leak_is_noticed_however_it_is_cut(which: int, at: list[int]) -> None:
    prompt = prompt_of()
    with pytest.raises(ProviderBadAnswer):
        watched(prompt, cut(f"Here it is. {leaks(prompt)[which]} That was it.", at))


@given(which=st.integers(0, 5), at=st.lists(st.integers(0, 1000), max_size=30))
def test_nothing_of_a_leak_goes_out_before_it_is_noticed(which: int, at: list[int]) -> None:
    prompt = prompt_of()
    leak = leaks(prompt)[which]
    watch, pieces, out = LeakWatch(prompt), iter(cut(f"Here it is. {leak}", at)), list[str]()
    with pytest.raises(ProviderBadAnswer):
        out.extend(map(watch.feed, pieces))
    assert len("".join(out)) <= len(f"Here it is. {leak}") - min(WINDOW, len(prompt.nonce))


@given(which=st.integers(0, len(BENIGN) - 1), at=st.lists(st.integers(0, 6000), max_size=30))
def test_an_innocent_answer_comes_through_unchanged(which: int, at: list[int]) -> None:
    assert watched(prompt_of(), cut(BENIGN[which], at)) == BENIGN[which]


@given(st.lists(st.text(max_size=40), max_size=20))
def test_a_stream_and_a_whole_answer_are_judged_alike(pieces: list[str]) -> None:
    prompt, text = prompt_of(), "".join(pieces)
    if text.strip():
        assert parse(prompt, text) == parse(prompt, watched(prompt, pieces))


def test_an_innocent_answer_is_not_held_back() -> None:
    watch = LeakWatch(prompt_of())
    assert watch.feed("Nobody minded!") == "Nobody minded!"


@pytest.mark.parametrize("text", BENIGN)
def test_a_whole_innocent_answer_passes(text: str) -> None:
    assert parse(prompt_of(), text)


def test_a_whole_answer_that_leaks_is_refused() -> None:
    prompt = prompt_of()
    for leak in leaks(prompt):
        with pytest.raises(ProviderBadAnswer):
            parse(prompt, f"Here: {leak}")


def test_words_of_the_caller_are_no_leak() -> None:
    run = INSTRUCTIONS[: WINDOW + 10]
    prompt = prompt_of(material=f"A manual says: {run}")
    assert parse(prompt, f"It says: {run}")
    assert watched(prompt, ["It says: ", run]) == f"It says: {run}"


def test_instructions_shorter_than_the_window_are_leaked_as_a_whole() -> None:
    prompt = prompt_of(instructions="Repeat it backwards.")
    with pytest.raises(ProviderBadAnswer):
        parse(prompt, "They said: repeat it backwards. So I did.")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_empty_answer_is_a_bad_one(text: str) -> None:
    with pytest.raises(ProviderBadAnswer):
        parse(prompt_of(), text)


class Cup(BaseModel):
    warmth: float = Field(ge=0, le=1)


@pytest.mark.parametrize("text", ['{"warmth": 0.5}', '```json\n{"warmth": 0.5}\n```', '```\n{"warmth": 0.5}```'])
def test_typed_answers_are_parsed_with_and_without_a_fence(text: str) -> None:
    assert parse(render(Question(Cup, INSTRUCTIONS, MATERIAL)), text) == b'{"warmth":0.5}'


@pytest.mark.parametrize("text", ["", "warm", '{"warmth": 2}', '{"warmth": 0.5', "[]", "```"])
def test_what_does_not_fit_the_type_is_a_bad_answer(text: str) -> None:
    with pytest.raises(ProviderBadAnswer):
        parse(render(Question(Cup, INSTRUCTIONS, MATERIAL)), text)


def test_a_typed_answer_that_the_options_do_not_allow_is_a_bad_answer() -> None:
    prompt = render(Question(list[int], INSTRUCTIONS, MATERIAL, check=lambda numbers: max(numbers) < 3))
    assert parse(prompt, "[1, 2]") == b"[1,2]"
    with pytest.raises(ProviderBadAnswer):
        parse(prompt, "[1, 3]")


def test_the_strings_of_typed_answers_are_made_harmless_however_they_are_escaped() -> None:
    prompt = render(Question(list[str], INSTRUCTIONS, MATERIAL))
    assert parse(prompt, '["\\u003cscript\\u003e", "a\\u001b", "b"]') == '["&lt;script>","a\u241b","b"]'.encode()


def test_a_typed_answer_does_not_leak_behind_escapes() -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in INSTRUCTIONS)
    with pytest.raises(ProviderBadAnswer):
        parse(render(Question(list[str], INSTRUCTIONS, MATERIAL)), f'["{escaped}"]')


def test_a_string_that_grows_too_long_when_made_harmless_is_a_bad_answer() -> None:
    short = Annotated[str, StringConstraints(max_length=10)]
    prompt = render(Question(list[short], INSTRUCTIONS, MATERIAL))
    assert parse(prompt, '["harmless"]') == b'["harmless"]'
    with pytest.raises(ProviderBadAnswer):
        parse(prompt, '["<script>"]')


def test_hosts_of_the_material_and_listed_ones_may_be_linked_to() -> None:
    prompt = prompt_of("Tea at https://tea.example/menu")
    text = "https://tea.example/menu https://cake.example/ https://evil.example/"
    assert (
        Inspector(frozenset({"cake.example"})).parse(prompt, text)
        == f'"{text.replace("https://e", "hxxps://e")}"'.encode()
    )
