import pytest

from app.infrastructure.text import judge_sentiment
from tests.infrastructure.text.corpus import CHINESE, GERMAN, MEETING, NEWS, REVIEW, SOLAR, TECHNICAL


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        (REVIEW, "positive"),
        ("I love it!", "positive"),
        ("No problem at all, thanks!", "positive"),
        ("I don't think this is a bad book.", "positive"),
        ("Not only good but excellent.", "positive"),
        ("😀😀", "positive"),
        ("not good", "negative"),
        ("This isn't a very good phone.", "negative"),
        ("Terrible. Worst purchase ever.", "negative"),
        ("Great product, but it broke after two days and support was useless.", "negative"),
        ("The attack killed 12 people and destroyed a school.", "negative"),
        ("The meeting is at noon in room 5.", "neutral"),
    ],
)
def test_the_sentiment_is_what_a_reader_would_say(text: str, sentiment: str) -> None:
    assert judge_sentiment(text).sentiment == sentiment


@pytest.mark.parametrize("text", [SOLAR, NEWS, TECHNICAL, MEETING])
def test_reports_are_neutral_although_they_speak_of_failures(text: str) -> None:
    assert judge_sentiment(text).sentiment == "neutral"


def test_a_technical_sentence_is_judged_with_low_confidence() -> None:
    text = "A circuit breaker prevents failures from spreading. A hanging call kills the process."
    judgement = judge_sentiment(text)
    assert judgement.sentiment == "neutral" or judgement.confidence < 0.5


@pytest.mark.parametrize("text", [GERMAN, CHINESE, "Это отличный товар", "Das Produkt ist super, ich liebe es."])
def test_a_text_in_another_language_is_not_judged(text: str) -> None:
    judgement = judge_sentiment(text)
    assert (judgement.sentiment, judgement.confidence) == ("neutral", 0.1)
    assert "English" in judgement.explanation


def test_the_explanation_names_the_words_that_decided_and_those_against() -> None:
    judgement = judge_sentiment("I love this excellent lamp. The cable is disappointing.")
    assert judgement.explanation == 'Mostly favourable words: "love", "excellent"; against them: "disappointing".'


def test_the_explanation_shows_a_negation_with_its_word() -> None:
    assert '"not very good"' in judge_sentiment("The food was not very good.").explanation


def test_a_mixed_text_is_judged_with_less_confidence_than_a_plain_one() -> None:
    plain = judge_sentiment("The room was excellent. The food was wonderful.")
    mixed = judge_sentiment("The room was excellent. The food was wonderful. The service was horrible.")
    assert mixed.confidence < plain.confidence


def test_few_feelings_among_many_words_lower_the_confidence() -> None:
    short = judge_sentiment("Excellent and wonderful.")
    long = judge_sentiment(
        "The parcel came on the second day of the month in a box of brown paper with an excellent and wonderful cable."
    )
    assert long.confidence < short.confidence


def test_a_negation_does_not_reach_over_a_conjunction() -> None:
    assert judge_sentiment("I did not return it because I love it.").sentiment == "positive"
