"""How an entry is written in Redis.

Layout: magic (2 bytes), version (1), CRC-32 (4), flag (1), fresh_until and stale_until (8 each), body. The checksum
covers the key and all that follows it, so a damaged value, or one that belongs to another key, is not read.
Sealed values are magic, version 2, and what a Sealer makes of the flag and what follows it.
"""

import struct
from typing import TYPE_CHECKING
from zlib import crc32

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

from app.infrastructure.cache.cache import Entry

if TYPE_CHECKING:
    from app.infrastructure.cache.sealing import Sealer

_PREAMBLE = struct.Struct(">2sBI")
_HEAD = struct.Struct(">Bdd")
_MAGIC, _VERSION, _SEALED = b"GH", 1, b"GH\x02"
_PLAIN, _ZSTD = 0, 1


class Unreadable(ValueError):
    """These bytes are no entry of ours."""


class Codec:
    """Compresses bodies of more than `compression_threshold` bytes and refuses to unpack more than `max_bytes`.

    With a `sealer` it writes and reads sealed values alone, so that nobody can slip in plain ones.
    """

    def __init__(
        self, compression_threshold: int = 1000, max_bytes: int = 16 * 2**20, sealer: "Sealer | None" = None
    ) -> None:
        self.max_bytes, self._sealer = max_bytes, sealer
        self._threshold = compression_threshold
        self._compressor, self._decompressor = ZstdCompressor(level=3), ZstdDecompressor()

    def encode(self, key: str, entry: Entry) -> bytes:
        flag, body = _PLAIN, entry.body
        if len(body) > self._threshold:
            flag, body = _ZSTD, self._compressor.compress(body)
        content = _HEAD.pack(flag, entry.fresh_until, entry.stale_until) + body
        if self._sealer:
            return _SEALED + self._sealer.seal(key, content)
        return _PREAMBLE.pack(_MAGIC, _VERSION, _checksum(key, content)) + content

    def decode(self, key: str, raw: bytes) -> Entry:
        """The entry; raises Unreadable."""
        content = self._unsealed(self._sealer, key, raw) if self._sealer else _plain(key, raw)
        flag, fresh_until, stale_until = _HEAD.unpack_from(content)
        return Entry(self._unpack(flag, content[_HEAD.size :]), fresh_until, stale_until)

    @staticmethod
    def _unsealed(sealer: "Sealer", key: str, raw: bytes) -> bytes:
        if not raw.startswith(_SEALED):
            raise Unreadable("foreign or not sealed")
        try:
            return sealer.open(key, raw[len(_SEALED) :])
        except ValueError as error:
            raise Unreadable("damaged, or sealed by others") from error

    def _unpack(self, flag: int, body: bytes) -> bytes:
        try:
            size = frame_content_size(body) if flag == _ZSTD else len(body)
            # zstd gives -1 for a frame that does not declare its size, which ours always do.
            if not 0 <= size <= self.max_bytes:
                raise Unreadable("too large")
            return self._decompressor.decompress(body) if flag == _ZSTD else body
        except ZstdError as error:
            raise Unreadable("damaged") from error


def _plain(key: str, raw: bytes) -> bytes:
    if len(raw) < _PREAMBLE.size + _HEAD.size:
        raise Unreadable("too short")
    content = raw[_PREAMBLE.size :]
    if _PREAMBLE.unpack_from(raw) != (_MAGIC, _VERSION, _checksum(key, content)):
        raise Unreadable("foreign or damaged")
    return content


def _checksum(key: str, content: bytes) -> int:
    return crc32(content, crc32(key.encode()))
