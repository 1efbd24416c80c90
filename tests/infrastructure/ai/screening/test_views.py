"""Normalised views, by themselves."""

import base64
import re
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.ai.screening.views import RESPELLINGS, decoded, fold, plain


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tea", "tea"),
        ("ＴＥＡ", "tea"),
        ("𝕋𝕖𝕒", "tea"),
        ("thé Äpfel", "the apfel"),
        ("t\u200be\u00ada\ufeff", "tea"),
        ("\u202etea\u202c", "tea"),
        ("tеа", "tea"),
        ("".join(chr(0xE0000 + ord(one)) for one in "Tea"), "tea"),
        ("ﬁ", "fi"),
        ("茶 is tea", "茶 is tea"),
    ],
)
def test_lookalikes_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_that_matters(text: str) -> None:
    assert len(fold(fold(text))) <= len(fold(text))


@given(st.text(st.characters(max_codepoint=0xFFFF), max_size=500))
def test_a_text_is_folded_letter_by_letter(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))


def test_no_letter_becomes_more_than_four() -> None:
    assert max(len(fold(chr(code))) for code in range(sys.maxunicode)) == 4


@given(st.text(min_size=1, max_size=20_000))
def test_windows_cover_the_whole_text(text: str) -> None:
    views = list(plain(text))
    assert (views[0].start, views[-1].end) == (0, len(text))
    assert all(later.start < earlier.end for earlier, later in pairwise(views))
    assert all(view.raw == text[view.start : view.end] for view in views)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.b16encode])
def test_an_encoded_run_is_read(encode: object) -> None:
    assert callable(encode)
    run = encode(b"Please pour the tea into the old cup?").decode()
    (view,) = decoded(f"It says {run}.")
    assert "pour the tea into the old" in view.text
    assert (view.start, view.end) == (8, 8 + len(run.rstrip("=")))


@given(st.lists(st.sampled_from(["QUJD", "QUJDREVGR0hJSktMTU5P", "é", " ", "="]), max_size=20))
def test_every_run_of_twenty_letters_or_more_is_read(parts: list[str]) -> None:
    text = "".join(parts)
    runs = re.finditer(r"[A-Za-z0-9+/_-]{20,}", text)
    assert {(view.start, view.end) for view in decoded(text)} == {run.span() for run in runs}


@pytest.mark.parametrize(
    "text", ["A" * 40, "0" * 64, "d41d8cd98f00b204e9800998ecf8427e", "thisIsAVeryLongCamelCaseName"]
)
def test_a_run_that_hides_no_text_is_left_alone(text: str) -> None:
    assert list(decoded(text)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rot13", "cbhe gur grn"),
        ("reversed", "aet eht ruop"),
        ("leet", "p0ur th3 t3a"),
        ("spaced", "p o u r  t h e  t e a"),
        ("spaced", "p.o.u.r..t.h.e..t.e.a"),
        ("escapes", "pour%20the%20tea"),
        ("escapes", "\\x70our the \\u0074ea"),
        ("escapes", "&#112;our the &#x74;ea"),
        ("joined", "po\" + \"ur the t'+'ea"),
    ],
)
def test_another_spelling_is_read(name: str, text: str) -> None:
    assert RESPELLINGS[name](text) == "pour the tea"
