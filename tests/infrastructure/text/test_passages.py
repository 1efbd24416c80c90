import pytest

from app.infrastructure.text import find_answer, make_questions
from app.infrastructure.text.passages import UNTOLD
from tests.infrastructure.text.corpus import CHINESE, GERMAN, MEETING, NEWS, REVIEW, SOLAR, TECHNICAL


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What do grid operators worry about?", SOLAR, "Grid operators now worry about the evening, when the sun sets"),
        ("By how much did prices fall?", SOLAR, "Prices of panels fell by a third"),
        ("Who is the mayor?", NEWS, "Mayor Anna Lindqvist said"),
        ("How much did rents rise?", NEWS, "Rents in the city rose by 12 percent"),
        ("When does the work start?", NEWS, "Work will begin in March 2027"),
        ("Why did Raj Patel vote against the plan?", NEWS, "Council member Raj Patel voted against the plan because"),
        ("How many passengers will the line carry?", NEWS, "Mayor Anna Lindqvist said the line will carry 14,000"),
        ("How long does the battery last?", REVIEW, "The battery lasts about eleven hours"),
        ("How much does the laptop cost?", REVIEW, "The price of $1,150"),
        ("Is the webcam any good?", REVIEW, "The webcam is disappointing"),
        ("Why are timeouts needed?", TECHNICAL, "Timeouts are necessary as well, because"),
        (
            "What is a pod?",
            "A pod is the smallest unit. A pod is moved when the node of a pod fails.",
            "A pod is the sm",
        ),
        ("Who asks the vendor?", MEETING, "Bo will ask the vendor"),
        ("Wann beginnen die Bauarbeiten?", GERMAN, "Die Bauarbeiten an der Brücke beginnen am 5. Mai"),
        ("北京地铁每天运送多少乘客？", CHINESE, "北京的地铁每天运送一千万名乘客。"),
    ],
)
def test_the_answer_quotes_the_sentence_that_tells(question: str, text: str, answer: str) -> None:
    assert find_answer(question, text).startswith(answer)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who won the world cup?", SOLAR),
        ("What is the capital of France?", NEWS),
        ("What is the price of gold?", REVIEW),
        ("Wer gewann die Wahl?", GERMAN),
        ("谁赢得了世界杯？", CHINESE),
        ("Why?", NEWS),
        ("", NEWS),
        ("Who won?", " \n "),
    ],
)
def test_the_answer_says_plainly_when_the_text_does_not_tell(question: str, text: str) -> None:
    assert find_answer(question, text) == UNTOLD


def test_a_pronoun_brings_the_sentence_it_points_to() -> None:
    answer = find_answer("What did Raj Patel call the plan?", NEWS)
    assert answer.startswith("Council member Raj Patel voted")
    assert answer.endswith("He called it a gift to the people who already live close to everything.")


def test_the_next_sentence_comes_along_when_it_has_the_kind_of_fact_that_was_asked_for() -> None:
    text = "The bridge was closed. It was rebuilt in 1952. Cows graze below."
    assert find_answer("When was the bridge rebuilt?", text) == "The bridge was closed. It was rebuilt in 1952."


@pytest.mark.parametrize("text", [SOLAR, NEWS, REVIEW, TECHNICAL])
def test_every_question_made_from_a_text_is_answered_by_it(text: str) -> None:
    assert [question for question in make_questions(text, 8) if find_answer(question, text) == UNTOLD] == []
