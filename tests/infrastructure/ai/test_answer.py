"""Keys of the cache, and answers on their way in and out of it."""

from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.ai import Answer
from app.infrastructure.ai.answer import cache_key, from_entry, to_entry
from app.infrastructure.ai.question import Usage
from tests.infrastructure.ai.house import tea


def test_a_key_names_the_operation_and_holds_no_text() -> None:
    key = cache_key("one", tea("swordfish"))
    head, name, digest = key.split(":")
    assert (head, name, len(digest)) == ("answer", "tea.make", 32)
    assert "swordfish" not in key


def test_equal_questions_have_equal_keys() -> None:
    assert cache_key("one", tea(offline=lambda: "a")) == cache_key("one", tea(offline=lambda: "b"))


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_texts_cannot_be_moved_between_the_fields_of_a_key(a: str, b: str, c: str, d: str) -> None:
    same = cache_key("one", tea(a, asked=b)) == cache_key("one", tea(c, asked=d))
    assert same == ((a, b) == (c, d))


def test_an_answer_comes_back_from_its_entry_without_its_cost() -> None:
    answer = Answer(b'"two\\nlines"', "model", "scripted:one", Usage(7, 3, 0.5))
    entry = to_entry(answer, now=1000.0, ttl=10, stale=5)
    assert (entry.fresh_until, entry.stale_until) == (1010.0, 1015.0)
    assert from_entry(entry, "cache") == Answer(b'"two\\nlines"', "cache", "scripted:one", Usage())
    assert from_entry(entry, "stale", "circuit_open").degraded == "circuit_open"
