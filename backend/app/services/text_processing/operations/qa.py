from app.infrastructure.ai import Question
from app.infrastructure.text import find_answer
from app.operations import Options, operation


@operation(strategy="critical")
def qa(text: str, options: Options, question: str) -> Question[str]:
    """Answer a question from what the text says."""
    task = "Answer the question from the material alone. If the material does not tell, say so."
    return Question(str, task, text, question)


@qa.offline
def _(text: str, options: Options, question: str) -> str:
    return find_answer(question, text)
