"""An operation with an option of every kind; the tests drop it into a copy of the app."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from app.infrastructure.ai import Phrase, Question
from app.operations import Options, operation


class Scale(StrEnum):
    GRAMS = "grams"
    OUNCES = "ounces"


class Line(BaseModel):
    item: str
    weight: str


class WeighOptions(Options):
    unit: Phrase = Field(description="What it is weighed in", examples=["spoon"])
    scale: Scale = Scale.GRAMS
    mood: Literal["light", "heavy"] | None = None
    rounded: bool = True
    share: float = Field(0.5, ge=0, le=1)
    limit: int | None = Field(None, ge=1)
    most: int = Field(100, ge=0, le=5000)
    names: list[str] = Field(default_factory=list)


@operation()
def weigh(text: str, options: WeighOptions) -> Question[list[Line]]:
    """Weigh a text."""
    return Question(list[Line], "Weigh the material.", text)


@weigh.offline
def _(text: str, options: WeighOptions) -> list[Line]:
    told = {"scale": options.scale, "unit": options.unit, "names": "; ".join(options.names)}
    return [Line(item=item, weight=str(weight)) for item, weight in told.items()]
