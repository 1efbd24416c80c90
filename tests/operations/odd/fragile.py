from app.infrastructure.ai import Question
from app.operations import Options, operation


@operation()
def fragile(text: str, options: Options) -> Question[str]:
    """Break on a word that its author did not think of."""
    if "vase" in text:
        raise LookupError("vase")
    return Question(str, "Repeat the material.", text)


@fragile.offline
def _(text: str, options: Options) -> str:
    return text
