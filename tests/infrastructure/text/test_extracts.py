import pytest

from app.infrastructure.text import extract_sentences, rank_key_points, split_sentences
from app.infrastructure.text.openings import leans
from tests.infrastructure.text.corpus import CHINESE, MEETING, NEWS, ORDINARY, REVIEW, SHOPPING, SOLAR, STORY, TECHNICAL


def _consume(summary: str, sentences: list[str]) -> str:
    """What remains of a summary after its sentences were crossed out in the order of the text."""
    for sentence in sentences:
        if summary.startswith(sentence):
            summary = summary.removeprefix(sentence).lstrip("; ")
    return summary


@pytest.mark.parametrize("name", ORDINARY)
def test_a_summary_is_whole_sentences_of_the_text_in_their_order(name: str) -> None:
    assert _consume(extract_sentences(ORDINARY[name], 100), split_sentences(ORDINARY[name])) == ""


@pytest.mark.parametrize("text", [NEWS, REVIEW, TECHNICAL])
def test_a_summary_of_a_long_text_is_about_a_third_of_it(text: str) -> None:
    assert 0.2 * len(text) < len(extract_sentences(text, 1000)) < 0.4 * len(text)


@pytest.mark.parametrize("text", [SOLAR, NEWS, REVIEW, TECHNICAL, STORY, CHINESE])
def test_a_summary_does_not_begin_with_a_pronoun_that_points_nowhere(text: str) -> None:
    assert not leans(extract_sentences(text, 100))


@pytest.mark.parametrize("text", [NEWS, REVIEW, TECHNICAL, STORY, SOLAR, MEETING])
@pytest.mark.parametrize("words", [1, 5, 10, 20, 60, 1000])
def test_a_summary_keeps_to_its_words(text: str, words: int) -> None:
    assert 1 <= len(extract_sentences(text, words).split()) <= words


def test_the_first_sentence_of_a_news_text_is_in_its_summary() -> None:
    assert extract_sentences(NEWS, 100).startswith("The city council of Harlow approved a plan on Tuesday")


def test_the_verdict_of_a_review_is_in_its_summary() -> None:
    assert "Overall I am very happy" in extract_sentences(REVIEW, 100)


def test_a_sentence_that_is_too_long_is_cut_at_a_clause_and_says_so() -> None:
    text = "Prices of panels fell by a third, and the new plants went up in months."
    assert extract_sentences(text, 10) == "Prices of panels fell by a third…"
    assert extract_sentences(text, 4) == "Prices of panels fell…"
    assert (
        extract_sentences("The colour of the house on the hill is a very dark green", 7) == "The colour of the house…"
    )


def test_a_short_text_is_its_own_summary() -> None:
    assert extract_sentences("It rains. We stay in.", 100) == "It rains. We stay in."


def test_a_sentence_said_twice_is_extracted_once() -> None:
    text = "The council approved the new plan. Rents rise quickly. The council approved the new plan. Nobody is glad."
    assert extract_sentences(text, 100).count("approved") == 1
    assert len([point for point in rank_key_points(text, 10) if "approved" in point]) == 1


def test_key_points_begin_with_the_most_important_one() -> None:
    assert rank_key_points(SOLAR, 3)[0].startswith("Solar power grew faster")
    assert rank_key_points(NEWS, 3)[0].startswith("The city council of Harlow")


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("count", [1, 3, 7])
def test_key_points_are_different_and_no_more_than_asked_for(name: str, count: int) -> None:
    points = rank_key_points(ORDINARY[name], count)
    assert 1 <= len(points) <= count
    assert len(set(points)) == len(points)


@pytest.mark.parametrize(
    ("sentence", "point"),
    [
        ("However, the fan is loud.", "The fan is loud."),
        ("In addition, rents rose.", "Rents rose."),
        ("And so it ended.", "So it ended."),
        ("But also, costs fell.", "Costs fell."),
        ("Overall I am happy.", "I am happy."),
        ("So far nothing broke.", "So far nothing broke."),
        ("Still waters run deep.", "Still waters run deep."),
    ],
)
def test_a_key_point_loses_its_leading_connective(sentence: str, point: str) -> None:
    assert rank_key_points(sentence, 1) == [point]


def test_a_heading_is_no_key_point_while_there_are_statements() -> None:
    assert rank_key_points(SHOPPING, 3)[0] != "Things to buy:"
    assert "Weekly sync, 12 March" not in rank_key_points(MEETING, 4)
