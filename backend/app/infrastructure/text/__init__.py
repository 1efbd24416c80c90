"""Language tools that need no model: they answer when none is configured or reachable."""

from app.infrastructure.text.extracts import extract_sentences, rank_key_points
from app.infrastructure.text.passages import find_answer
from app.infrastructure.text.questions import make_questions
from app.infrastructure.text.sentences import split_sentences
from app.infrastructure.text.sentiment import Judgement, judge_sentiment

__all__ = [
    "Judgement",
    "extract_sentences",
    "find_answer",
    "judge_sentiment",
    "make_questions",
    "rank_key_points",
    "split_sentences",
]
