"""A model behind an API. Importing this module is cheap: the SDKs come in with `load`."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from app.core.settings import ModelSettings

from ..question import Completion, Delta, Prompt

if TYPE_CHECKING:
    from .session import Session

Host = Literal["gemini", "openai", "anthropic"]

HOSTS: dict[Host, str] = {
    "gemini": "GEMINI_API_KEY",
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
}
"""Each host and the variable that holds its key."""


class Hosted:
    """One hosted model, with one client and one connection pool for as long as the process lives."""

    def __init__(
        self, host: Host, model: str, key: SecretStr | None, base_url: str | None, settings: ModelSettings
    ) -> None:
        self.host, self.bare_model = host, model
        self.key, self.base_url, self.settings = key, base_url, settings
        self._session: Session | None = None
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"Hosted({self.model})"

    @property
    def name(self) -> str:
        return self.host

    @property
    def model(self) -> str:
        return f"{self.host}:{self.bare_model}"

    @property
    def key_variable(self) -> str:
        return HOSTS[self.host]

    def load(self) -> "Session":
        """Import the SDK and build the client; takes a second or two, so run it in a thread at start."""
        with self._loading:
            if self._session is None:
                from .session import Session

                self._session = Session(self)
            return self._session

    async def complete(self, prompt: Prompt) -> Completion:
        return await (await self._ready()).complete(prompt)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        session = await self._ready()
        async with aclosing(session.stream(prompt)) as deltas:
            async for delta in deltas:
                yield delta

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.aclose()

    async def _ready(self) -> "Session":
        if self._session is None:
            return await asyncio.to_thread(self.load)
        return self._session
