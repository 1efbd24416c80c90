"""One round trip for all who read at the same moment."""

import asyncio
from typing import Any

from redis.asyncio import Redis


class JointReads:
    """Sends the GETs of one turn of the event loop together: most of what a GET costs is its round trip."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._keys: list[str] = []
        self._trip: asyncio.Task[list[Any]]

    async def get(self, key: str) -> bytes | None:
        """Raises what Redis answers for this key, or what befell the whole trip."""
        if not self._keys:
            self._trip = asyncio.create_task(self._read())
        place = len(self._keys)
        self._keys.append(key)
        value: bytes | Exception | None = (await asyncio.shield(self._trip))[place]
        if isinstance(value, Exception):
            raise value
        return value

    async def _read(self) -> list[Any]:
        """Starts in the next turn of the event loop, when all keys of this one are known."""
        keys, self._keys = self._keys, []
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.get(key)
        return await pipeline.execute(raise_on_error=False)
