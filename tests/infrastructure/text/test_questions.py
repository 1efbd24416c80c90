import pytest

from app.infrastructure.text import make_questions
from tests.infrastructure.text.corpus import NEWS, ORDINARY, SOLAR, TECHNICAL


def test_each_sentence_of_a_short_text_gets_a_question_in_order() -> None:
    assert make_questions(SOLAR, 4) == [
        "What grew faster than any other source of electricity last year?",
        "By how much did prices of panels fall?",
        "What do grid operators worry about?",
        "What is the answer that most of them choose?",
    ]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Construction is expected to begin in May 2027.", "When is construction expected to begin?"),
        ("The council approved a new budget on Tuesday.", "When did the council approve a new budget?"),
        ("In 1995, the museum opened a second building.", "When did the museum open a second building?"),
        ("Raj Patel voted against the plan because it is old.", "Why did Raj Patel vote against the plan?"),
        ("Timeouts are necessary as well, because a call may hang.", "Why are timeouts necessary?"),
        ("If the probes succeed, the breaker closes again.", "What happens if the probes succeed?"),
        ("The line will carry 14,000 passengers a day.", "How many passengers will the line carry?"),
        ("The battery lasts about eleven hours.", "How long does the battery last?"),
        ("The repair cost $300.", "How much did the repair cost?"),
        ("Rents rose by 12 percent last year.", "By how much did rents rise last year?"),
        ("My sister lives in London.", "Where does the author's sister live?"),
        ("Python is a programming language.", "What is Python?"),
        ("I bought this laptop.", "What did the author buy?"),
        ("I love the screen.", "What does the author love?"),
        ("Most voters support the proposal.", "What do most voters support?"),
        ("However, the bond still needs the approval of a bank.", "What does the bond need?"),
        ("NASA wants to bring the sample back.", "Who wants to bring the sample back?"),
        ("Services give pods an address because pods move.", "Why do services give pods an address?"),
        ("Security experts warn that the flaw is old.", "Who warns that the flaw is old?"),
        ("The people injured in the crash were taken to hospital.", "Who was taken to hospital?"),
        ("The old door was painted blue by hand.", "What was painted blue by hand?"),
    ],
)  # fmt: skip
def test_a_question_is_grammatical(sentence: str, question: str) -> None:
    assert make_questions(sentence, 1) == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "There are three reasons for this.",
        "He called it a missed opportunity.",
        "What matters is the result.",
        '"You are late," said a voice.',
        "Users who forgot their password need a new one.",
        "Das Haus steht am See.",
        "I have lived here since 2019.",
    ],
)
def test_a_sentence_beyond_the_rules_gets_the_safe_template(sentence: str) -> None:
    assert make_questions(sentence, 1)[0].startswith('What does the text say about "')


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("count", [1, 3, 10])
def test_questions_are_different_and_no_more_than_asked_for(name: str, count: int) -> None:
    questions = make_questions(ORDINARY[name], count)
    assert 1 <= len(questions) <= count
    assert len(set(questions)) == len(questions)
    assert all(question.endswith("?") for question in questions)


@pytest.mark.parametrize("text", [NEWS, TECHNICAL])
def test_questions_about_a_long_text_are_of_several_kinds(text: str) -> None:
    assert len({question.split()[0] for question in make_questions(text, 6)}) >= 3


def test_a_blank_text_still_gets_a_question() -> None:
    assert make_questions(" \n ", 3) == ["What does the text say?"]
