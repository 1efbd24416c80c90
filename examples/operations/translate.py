from pydantic import BaseModel, Field

from app.infrastructure.ai import Phrase, Question
from app.operations import Options, operation


class TranslateOptions(Options):
    target: Phrase = Field(description="Language to translate into", examples=["French"])
    formal: bool = Field(False, description="Use the polite form where the language has one")


class Translation(BaseModel):
    text: str = Field(min_length=1, max_length=40_000)
    from_language: str = Field(max_length=60)


@operation(strategy="conservative", ttl=86_400)
def translate(text: str, options: TranslateOptions) -> Question[Translation]:
    """Say the same thing in another language."""
    tone = "formal" if options.formal else "everyday"
    return Question(Translation, f"Translate the material into {tone} {options.target}. Keep names and numbers.", text)
