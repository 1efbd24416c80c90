"""How much is taken from a model in one answer: what goes beyond costs memory, and holds up all other callers."""

import logging
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from httpx2 import AsyncByteStream

from app.core.errors import ProviderBadAnswer

LEAST = 4096
"""Characters that any answer may have."""

CHARACTERS = 16
"""Characters for each token that was asked for: several times what the tokens of a text have."""

FRAME = 1024
"""Bytes for each token on the wire, where each may come in a JSON object of its own."""

logger = logging.getLogger(__name__)


class Speech:
    """The text of one answer, piece by piece. A character may come in two pieces, as halves that JSON escapes."""

    def __init__(self, tokens: int) -> None:
        self._most = self._left = max(LEAST, CHARACTERS * tokens)
        self._halves = getincrementaldecoder("utf-16-le")("replace")

    def feed(self, piece: str, last: bool = False) -> str:
        """What can be said by now, a U+FFFD for each half without its other; ProviderBadAnswer when it is too much."""
        self._left -= len(piece)
        if self._left < 0:
            logger.warning("gave up an answer of more than %d characters", self._most)
            raise ProviderBadAnswer
        return self._halves.decode(piece.encode("utf-16-le", "surrogatepass"), last)


class Body(AsyncByteStream):
    """The body of an answer to so many tokens. A longer one is cut off, and its SDK finds that it cannot be read."""

    def __init__(self, stream: AsyncByteStream, tokens: int) -> None:
        self._stream, self._most = stream, FRAME * (64 + tokens)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async with aclosing(cast(AsyncGenerator[bytes, None], aiter(self._stream))) as chunks:
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    logger.warning("cut off an answer of more than %d bytes", self._most)
                    return
                yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
