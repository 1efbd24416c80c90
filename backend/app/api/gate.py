"""How many requests a process works on at once, and how many wait for their turn."""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import Overloaded

ALWAYS = frozenset({"/livez", "/readyz", "/v1/health"})


class Gate:
    """Lets `most` requests in; `queue` more wait `patience` seconds at most, and all others are refused at once.

    Probes always pass. What waits is not read beyond what the server buffers.
    """

    def __init__(self, app: ASGIApp, most: int, queue: int, patience: float) -> None:
        self._app, self._free, self._queue, self._patience = app, most, queue, patience
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        try:
            await self._app(scope, receive, send)
        finally:
            self._leave()

    async def _turn(self) -> None:
        if len(self._waiting) >= self._queue:
            raise Overloaded(retry_after=1)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if not turn.cancelled():
                self._leave()  # the turn came in the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Overloaded(retry_after=self._patience) from None
            raise

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
