import pytest

from app.infrastructure.text import split_sentences
from tests.infrastructure.text.corpus import CHINESE, GERMAN, HOSTILE, MEETING, NEWS, SHOPPING, STORY


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Moore met Mrs. Lee at 5 p.m. Monday.",
        "The U.S. Senate voted, e.g. on taxes.",
        "It weighs 3.5 kg and costs $4.20 at example.com today.",
        "See No. 5 and Fig. 3 for details.",
        "J. K. Rowling wrote it.",
        "Apple Inc. Chief Executive Tim Cook spoke.",
        '"Why now?" she asked.',
        "Well... maybe not.",
        "Yahoo! announced a sale.",
        "Das ist z. B. am 5. Mai so.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert split_sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He lives in the U.S. The weather is fine.", ["He lives in the U.S.", "The weather is fine."]),
        ("We met at 5 p.m. Then we left.", ["We met at 5 p.m.", "Then we left."]),
        ('"I am tired." She left.', ['"I am tired."', "She left."]),
        ("Really?! Yes. It works…  Fine.", ["Really?!", "Yes.", "It works…", "Fine."]),
        ("i love it. it works. great stuff.", ["i love it.", "it works.", "great stuff."]),
        ("你好。你好吗？很好！", ["你好。", "你好吗？", "很好！"]),
        ("यह अच्छा है। वह गया।", ["यह अच्छा है।", "वह गया।"]),
        ("هل وصل؟ نعم.", ["هل وصل؟", "نعم."]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_list_items_and_headings_stand_alone_without_their_marks() -> None:
    assert split_sentences(SHOPPING) == [
        "Things to buy:",
        "milk",
        "two loaves of bread",
        "a lamp for the kitchen",
        "Call the electrician",
        "Pay the rent",
    ]
    assert split_sentences(MEETING)[0] == "Weekly sync, 12 March"


@pytest.mark.parametrize(("text", "count"), [(NEWS, 16), (STORY, 9), (GERMAN, 5), (CHINESE, 6)])
def test_wrapped_lines_are_joined_again(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


def test_text_without_punctuation_comes_in_pieces_that_can_be_quoted() -> None:
    pieces = split_sentences(HOSTILE["no punctuation"])
    assert len(pieces) > 30
    assert max(map(len, pieces)) <= 600
    assert " ".join(pieces) == " ".join(HOSTILE["no punctuation"].split())


def test_a_blank_text_has_no_sentences() -> None:
    assert split_sentences(" \n\t ") == []
