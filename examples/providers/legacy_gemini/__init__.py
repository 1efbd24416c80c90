"""A provider of one's own: Gemini through google-generativeai, the SDK that Google no longer supports.

`AI_MODEL=examples.providers.legacy_gemini:gemini-2.5-flash` chooses it: a provider with a dot in its name is a module
that offers `open_provider`. It uses `GEMINI_API_KEY` and `GEMINI_BASE_URL`.
"""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from app.core.settings import ModelSettings
from app.infrastructure.ai.question import Completion, Delta, Prompt

if TYPE_CHECKING:
    from .session import Session


def open_provider(model: str, settings: ModelSettings) -> "LegacyGemini":
    """Called once at start; a ValueError names the setting that cannot be followed."""
    if not settings.gemini_api_key:
        raise ValueError(f"AI_MODEL={__name__}:{model} needs GEMINI_API_KEY, which is not set.")
    return LegacyGemini(model, settings)


class LegacyGemini:
    """Cheap to make: the SDK takes seconds to import, so that happens in `load`, in a thread at start."""

    name = "legacy-gemini"

    def __init__(self, model: str, settings: ModelSettings) -> None:
        self._model, self._settings = model, settings
        self._session: Session | None = None

    @property
    def model(self) -> str:
        return f"{__name__}:{self._model}"

    def load(self) -> None:
        from .session import Session

        self._session = Session(self._model, self.model, self._settings)

    async def complete(self, prompt: Prompt) -> Completion:
        return await self._loaded().complete(prompt)

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        return self._loaded().stream(prompt)

    async def aclose(self) -> None:
        if self._session:
            self._session.close()

    def _loaded(self) -> "Session":
        assert self._session is not None
        return self._session
