from typing import Annotated

from pydantic import Field

from app.infrastructure.ai import Question
from app.infrastructure.text import make_questions
from app.operations import Options, operation

Asked = Annotated[list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1, max_length=20)]


class QuestionsOptions(Options):
    num_questions: int = Field(5, ge=1, le=20, description="Most questions to make")


@operation(ttl=7200)
def questions(text: str, options: QuestionsOptions) -> Question[Asked]:
    """Make questions that the text answers."""
    task = f"Write at most {options.num_questions} questions that the material answers, in its own language."
    return Question(Asked, task, text)


@questions.offline
def _(text: str, options: QuestionsOptions) -> Asked:
    return make_questions(text, count=options.num_questions)
