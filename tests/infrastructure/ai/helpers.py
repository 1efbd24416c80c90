"""What the tests of the models ask, and with which settings."""

from typing import Any

from app.core.settings import ModelSettings
from app.infrastructure.ai.question import Prompt, Question
from app.infrastructure.ai.render import render

DIALECTS = ("openai", "gemini", "anthropic")

_UNSET: dict[str, Any] = {
    **{f"{host}_api_key": None for host in DIALECTS},
    **{f"{host}_base_url": None for host in DIALECTS},
    "ai_model": "",
    "ai_fallback_models": (),
}


def settings(**given: Any) -> ModelSettings:
    """Settings that ignore the machine's environment; names may be those of variables."""
    return ModelSettings(**_UNSET | {name.lower(): value for name, value in given.items()})


def prompt(material: str = "The cat sat on the mat.", answer: Any = str, **fields: Any) -> Prompt:
    return render(Question(answer, "Repeat the material.", material, name="test.repeat", **fields))
