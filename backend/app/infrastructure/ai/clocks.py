"""The clocks of a stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import ProviderTimeout

from .question import Delta


@dataclass(frozen=True, slots=True)
class StreamClocks:
    """Seconds until the first piece must come, and the next one after it."""

    first_token: float
    idle: float

    async def guard(
        self, deltas: AsyncGenerator[Delta, None], clock: Clock, deadline: float | None = None
    ) -> AsyncGenerator[Delta, None]:
        """The same pieces; ProviderTimeout when one is late, or not there by `deadline` (`clock.monotonic()`)."""
        patience = self.first_token
        async with aclosing(deltas):
            while True:
                left = patience if deadline is None else min(patience, deadline - clock.monotonic())
                if left <= 0:
                    raise ProviderTimeout
                try:
                    async with asyncio.timeout(left):
                        delta = await anext(deltas)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise ProviderTimeout from None
                yield delta
                patience = self.idle
