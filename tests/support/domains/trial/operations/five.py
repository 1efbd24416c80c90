from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.infrastructure.ai import Question
from app.infrastructure.text import extract_sentences, find_answer, judge_sentiment, make_questions, rank_key_points
from app.operations import Options, operation

Lines = Annotated[list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1, max_length=20)]


class Points(Options):
    max_points: int = Field(5, ge=1, le=20, description="Most points to name")


class Number(Options):
    num_questions: int = Field(5, ge=1, le=20, description="Most questions to make")


class Length(Options):
    max_length: int = Field(100, ge=10, le=1000, description="Longest summary, in words")


class Mood(BaseModel):
    sentiment: Literal["positive", "neutral", "negative"]
    confidence: float = Field(ge=0, le=1)
    explanation: str = Field(min_length=1, max_length=2000)


@operation(ttl=7200, degrades=True)
def key_points(text: str, options: Points) -> Question[Lines]:
    """A list as the answer."""
    return Question(Lines, f"List at most {options.max_points} key points of the material.", text)


@key_points.offline
def _(text: str, options: Points) -> Lines:
    return rank_key_points(text, count=options.max_points)


@operation(strategy="critical")
def qa(text: str, options: Options, question: str) -> Question[str]:
    """A question of the caller's, and no stand-in while the model is down."""
    return Question(str, "Answer the question from the material alone.", text, question)


@qa.offline
def _(text: str, options: Options, question: str) -> str:
    return find_answer(question, text)


@operation(ttl=7200)
def questions(text: str, options: Number) -> Question[Lines]:
    """A list as the answer, and no stand-in while the model is down."""
    return Question(Lines, f"Write at most {options.num_questions} questions that the material answers.", text)


@questions.offline
def _(text: str, options: Number) -> Lines:
    return make_questions(text, count=options.num_questions)


@operation(strategy="aggressive", ttl=86_400, degrades=True)
def sentiment(text: str, options: Options) -> Question[Mood]:
    """An object as the answer, under a strategy that gives up soon."""
    return Question(Mood, "Judge the sentiment of the material and explain it.", text)


@sentiment.offline
def _(text: str, options: Options) -> Mood:
    found = judge_sentiment(text)
    return Mood(sentiment=found.sentiment, confidence=found.confidence, explanation=found.explanation)


@operation(ttl=7200, degrades=True)
def summarize(text: str, options: Length) -> Question[str]:
    """Plain text as the answer, under the strategy of the preset."""
    return Question(str, f"Summarize the material in at most {options.max_length} words, in its own language.", text)


@summarize.offline
def _(text: str, options: Length) -> str:
    return extract_sentences(text, words=options.max_length)
