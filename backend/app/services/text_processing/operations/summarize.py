from pydantic import Field

from app.infrastructure.ai import Question
from app.infrastructure.text import extract_sentences
from app.operations import Options, operation


class SummarizeOptions(Options):
    max_length: int = Field(100, ge=10, le=1000, description="Longest summary, in words")


@operation(ttl=7200, degrades=True)
def summarize(text: str, options: SummarizeOptions) -> Question[str]:
    """Say the essence of a text in fewer words."""
    return Question(str, f"Summarize the material in at most {options.max_length} words, in its own language.", text)


@summarize.offline
def _(text: str, options: SummarizeOptions) -> str:
    return extract_sentences(text, words=options.max_length)
