from zlib import crc32

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.cache import Entry
from app.infrastructure.cache.codec import Codec, Unreadable
from tests.infrastructure.cache.helpers import entry

MAX_BYTES = 5000
CODEC = Codec(compression_threshold=100, max_bytes=MAX_BYTES)
PREAMBLE, HEAD = 7, 17

times = st.floats(min_value=0, max_value=1e11)
bodies = st.binary(max_size=200) | st.binary(min_size=1, max_size=8).map(lambda piece: piece * 500)
entries = st.builds(Entry, bodies, times, times)


def forge(body: bytes, key: str = "k") -> bytes:
    """A compressed value of ours whose body somebody else chose."""
    raw = CODEC.encode(key, entry(b"x" * 101))
    content = raw[PREAMBLE : PREAMBLE + HEAD] + body
    return raw[:3] + crc32(content, crc32(key.encode())).to_bytes(4, "big") + content


@given(st.text("abc:.", max_size=20), entries)
def test_what_was_written_is_read_back(key: str, written: Entry) -> None:
    assert CODEC.decode(key, CODEC.encode(key, written)) == written


@given(entries, st.data())
def test_a_flipped_bit_is_never_read(written: Entry, data: st.DataObject) -> None:
    raw = bytearray(CODEC.encode("k", written))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(Unreadable):
        CODEC.decode("k", bytes(raw))


@given(entries, st.data())
def test_a_truncated_value_is_never_read(written: Entry, data: st.DataObject) -> None:
    raw = CODEC.encode("k", written)
    with pytest.raises(Unreadable):
        CODEC.decode("k", raw[: data.draw(st.integers(0, len(raw) - 1))])


@given(st.binary(max_size=100), st.booleans())
def test_bytes_of_others_are_never_read(raw: bytes, like_ours: bool) -> None:
    with pytest.raises(Unreadable):
        CODEC.decode("k", CODEC.encode("k", entry())[:3] + raw if like_ours else raw)


def test_a_value_is_not_read_under_another_key() -> None:
    with pytest.raises(Unreadable):
        CODEC.decode("answer:b", CODEC.encode("answer:a", entry()))


@pytest.mark.parametrize(("size", "compressed"), [(100, False), (101, True)])
def test_only_bodies_over_the_threshold_are_compressed(size: int, compressed: bool) -> None:
    raw = CODEC.encode("k", entry(b"x" * size))
    assert (len(raw) < size) is compressed


@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1])
def test_a_body_is_unpacked_up_to_the_bound(size: int) -> None:
    plain = Codec(compression_threshold=size, max_bytes=MAX_BYTES).encode("k", entry(b"x" * size))
    for raw in (plain, CODEC.encode("k", entry(b"x" * size)), forge(zstandard.compress(b"x" * size))):
        if size <= MAX_BYTES:
            assert CODEC.decode("k", raw).body == b"x" * size
        else:
            with pytest.raises(Unreadable, match="too large"):
                CODEC.decode("k", raw)


def test_a_compressed_body_that_hides_its_size_is_not_unpacked() -> None:
    hidden = zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 101)
    with pytest.raises(Unreadable, match="too large"):
        CODEC.decode("k", forge(hidden))


def test_a_compressed_body_that_lies_about_its_size_is_not_read() -> None:
    frame = bytearray(zstandard.compress(b"x" * 101))
    frame[5] = 50  # the declared content size
    with pytest.raises(Unreadable, match="damaged"):
        CODEC.decode("k", forge(bytes(frame)))
