from typing import Literal

from pydantic import BaseModel, Field

from app.infrastructure.ai import Question
from app.infrastructure.text import judge_sentiment
from app.operations import Options, operation


class Sentiment(BaseModel):
    sentiment: Literal["positive", "neutral", "negative"]
    confidence: float = Field(ge=0, le=1)
    explanation: str = Field(min_length=1, max_length=2000)


@operation(strategy="aggressive", ttl=86_400, degrades=True)
def sentiment(text: str, options: Options) -> Question[Sentiment]:
    """Tell how the writer feels, how sure that is, and why."""
    task = "Judge the sentiment of the material. Explain it in one sentence that names the words which decided."
    return Question(Sentiment, task, text)


@sentiment.offline
def _(text: str, options: Options) -> Sentiment:
    found = judge_sentiment(text)
    return Sentiment(sentiment=found.sentiment, confidence=found.confidence, explanation=found.explanation)
