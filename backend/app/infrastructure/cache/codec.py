"""How an entry is written in Redis.

Layout: magic (2 bytes), version (1), CRC-32 (4), flag (1), fresh_until and stale_until (8 each), body. The checksum
covers the key and all that follows it, so a damaged value, or one that belongs to another key, is not read.
"""

import struct
from zlib import crc32

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

from app.infrastructure.cache.cache import Entry

_PREAMBLE = struct.Struct(">2sBI")
_HEAD = struct.Struct(">Bdd")
_START = _PREAMBLE.size + _HEAD.size
_MAGIC, _VERSION = b"GH", 1
_PLAIN, _ZSTD = 0, 1


class Unreadable(ValueError):
    """These bytes are no entry of ours."""


class Codec:
    """Compresses bodies of more than `compression_threshold` bytes and refuses to unpack more than `max_bytes`."""

    def __init__(self, compression_threshold: int = 1000, max_bytes: int = 16 * 2**20) -> None:
        self.max_bytes = max_bytes
        self._threshold = compression_threshold
        self._compressor, self._decompressor = ZstdCompressor(level=3), ZstdDecompressor()

    def encode(self, key: str, entry: Entry) -> bytes:
        flag, body = _PLAIN, entry.body
        if len(body) > self._threshold:
            flag, body = _ZSTD, self._compressor.compress(body)
        content = _HEAD.pack(flag, entry.fresh_until, entry.stale_until) + body
        return _PREAMBLE.pack(_MAGIC, _VERSION, _checksum(key, content)) + content

    def decode(self, key: str, raw: bytes) -> Entry:
        """The entry; raises Unreadable."""
        if len(raw) < _START:
            raise Unreadable("too short")
        if _PREAMBLE.unpack_from(raw) != (_MAGIC, _VERSION, _checksum(key, memoryview(raw)[_PREAMBLE.size :])):
            raise Unreadable("foreign or damaged")
        flag, fresh_until, stale_until = _HEAD.unpack_from(raw, _PREAMBLE.size)
        return Entry(self._unpack(flag, raw[_START:]), fresh_until, stale_until)

    def _unpack(self, flag: int, body: bytes) -> bytes:
        try:
            size = frame_content_size(body) if flag == _ZSTD else len(body)
            # zstd gives -1 for a frame that does not declare its size, which ours always do.
            if not 0 <= size <= self.max_bytes:
                raise Unreadable("too large")
            return self._decompressor.decompress(body) if flag == _ZSTD else body
        except ZstdError as error:
            raise Unreadable("damaged") from error


def _checksum(key: str, content: bytes | memoryview) -> int:
    return crc32(content, crc32(key.encode()))
