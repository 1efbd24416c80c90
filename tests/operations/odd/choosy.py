from enum import Enum
from typing import Annotated, Literal

from pydantic import Field

from app.infrastructure.ai import Question
from app.operations import Options, operation

Word = Annotated[str, Field(max_length=20)]
Count = Annotated[int, Field(ge=1, le=9)]


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Wishes(Options):
    """What typer has a flag for, what it has none for, and the names that a command uses itself."""

    tones: list[Literal["warm", "dry"]] = Field(max_length=2, description="Tones", examples=[["dry"]])
    most: Count | Word = Field("all", description="A number or a word")
    parts: tuple[Word, ...] = Field(("head",), max_length=3, description="Parts")
    limits: dict[Word, Count] | None = Field(None, max_length=3, description="Limits")
    tags: list[Word] = Field(default_factory=lambda: ["made"], max_length=3, description="Tags")
    mood: Literal["calm", "wild"] | None = Field(None, description="Mood")
    size: Size = Field(Size.SMALL, description="Size")
    loud: bool = Field(True, description="Loudness")
    file: Word = Field("none", description="A file")
    as_json: Word = Field("none", description="A form")
    question: Word = Field("none", description="A question")


@operation()
def choosy(text: str, options: Wishes) -> Question[Wishes]:
    """Answer with the options as they arrived."""
    return Question(Wishes, "Repeat the options.", text)


@choosy.offline
def _(text: str, options: Wishes) -> Wishes:
    return options
