"""The ear of a process: one subscription, kept alive."""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.core.clock import Clock

logger = logging.getLogger("gatehouse.fleet")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Channel:
    """Hands each message to `hear`, in order, and calls `joined` whenever the subscription begins, anew or again.

    After `quiet` seconds without a word Redis is pinged, and after as many more it counts as lost.
    """

    def __init__(
        self,
        client: Redis,
        names: tuple[str, ...],
        hear: Callable[[bytes], None],
        joined: Callable[[], Awaitable[None]],
        clock: Clock,
        *,
        quiet: float,
    ) -> None:
        self._client, self._names, self._hear, self._joined = client, names, hear, joined
        self._clock, self._quiet = clock, quiet
        self.connected = False

    async def listen(self) -> NoReturn:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(*self._names)
                    await self._read(subscription)
            except (RedisError, OSError) as error:
                if self.connected:
                    pause = _FIRST_PAUSE
                if pause == _FIRST_PAUSE:
                    logger.warning("the fleet cannot be heard: %s", error)
            finally:
                self.connected = False
            await self._clock.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _read(self, subscription: PubSub) -> NoReturn:
        pinged = False
        while True:
            message = await subscription.get_message(timeout=self._quiet)
            if message is not None:
                pinged = False
                await self._take(message["type"], message["data"])
            elif pinged or not self.connected:
                raise TimeoutError("Redis is silent")
            else:
                await subscription.ping()
                pinged = True

    async def _take(self, kind: str, data: bytes | int) -> None:
        if isinstance(data, bytes) and kind == "message":
            self._hear(data)
        elif kind == "subscribe" and data == len(self._names):
            self.connected = True
            await self._joined()
