"""A model behind an API. Importing this module is cheap: the SDKs come in with `load`."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from ..question import Completion, Delta, Prompt
from .endpoint import Endpoint

if TYPE_CHECKING:
    from .session import Session


class Hosted:
    """One hosted model, with one client and one connection pool for as long as the process lives."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session: Session | None = None
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"Hosted({self.model})"

    @property
    def name(self) -> str:
        return self._endpoint.host

    @property
    def model(self) -> str:
        return self._endpoint.full_name

    def load(self) -> None:
        """Import the SDK and build the client; takes a second or two, so run it in a thread at start."""
        with self._loading:
            if self._session is None:
                from .session import Session

                self._session = Session(self._endpoint)

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
            await asyncio.to_thread(self.load)
        assert self._session is not None
        return self._session
