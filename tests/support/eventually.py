"""Wait for what another process or task will do."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], bool | Awaitable[bool]], within: float = 5) -> None:
    """Poll until the condition holds; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.01)
