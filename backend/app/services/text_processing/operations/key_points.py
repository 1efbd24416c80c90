from typing import Annotated

from pydantic import Field

from app.infrastructure.ai import Question
from app.infrastructure.text import rank_key_points
from app.operations import Options, operation

Points = Annotated[list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1, max_length=20)]


class KeyPointsOptions(Options):
    max_points: int = Field(5, ge=1, le=20, description="Most points to name")


@operation(ttl=7200, degrades=True)
def key_points(text: str, options: KeyPointsOptions) -> Question[Points]:
    """List the most important statements of a text, the weightiest first."""
    task = f"List at most {options.max_points} key points of the material, the most important first, one sentence each."
    return Question(Points, task, text)


@key_points.offline
def _(text: str, options: KeyPointsOptions) -> Points:
    return rank_key_points(text, count=options.max_points)
