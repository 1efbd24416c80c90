"""Answers in Redis that only holders of the keys can read, move or change."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.cache.codec import Codec, Unreadable
from app.infrastructure.cache.sealing import Sealer
from tests.infrastructure.cache.helpers import entry


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


OLD, NEW = key("2025"), key("2026")
SEALED = Codec(100, sealer=Sealer([NEW, OLD]))
ANSWER = entry(b'"canary-answer"')


@given(st.text("abc:.", max_size=20), st.binary(max_size=300))
def test_what_was_sealed_is_read_back(name: str, body: bytes) -> None:
    assert SEALED.decode(name, SEALED.encode(name, entry(body))) == entry(body)


def test_nothing_of_an_answer_can_be_read_in_redis_and_no_two_look_alike() -> None:
    one, other = SEALED.encode("k", ANSWER), SEALED.encode("k", ANSWER)
    assert b"canary" not in one
    assert one != other


@given(st.data())
def test_a_flipped_bit_is_never_read(data: st.DataObject) -> None:
    raw = bytearray(SEALED.encode("k", ANSWER))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(Unreadable):
        SEALED.decode("k", bytes(raw))


@given(st.data())
def test_a_truncated_value_is_never_read(data: st.DataObject) -> None:
    raw = SEALED.encode("k", ANSWER)
    with pytest.raises(Unreadable):
        SEALED.decode("k", raw[: data.draw(st.integers(0, len(raw) - 1))])


@given(st.binary(max_size=100))
def test_bytes_of_others_are_never_read(raw: bytes) -> None:
    for foreign in (raw, b"GH\x02" + raw, b"GH\x02\x04" + b"2026" + raw):
        with pytest.raises(Unreadable):
            SEALED.decode("k", foreign)


def test_a_value_is_not_read_under_another_key_name() -> None:
    with pytest.raises(Unreadable):
        SEALED.decode("answer:b", SEALED.encode("answer:a", ANSWER))


def test_a_plain_value_cannot_be_slipped_in_and_a_sealed_one_is_foreign_without_keys() -> None:
    plain = Codec(100)
    with pytest.raises(Unreadable):
        SEALED.decode("k", plain.encode("k", ANSWER))
    with pytest.raises(Unreadable):
        plain.decode("k", SEALED.encode("k", ANSWER))


def test_keys_change_without_losing_what_was_written_until_the_old_one_is_taken_away() -> None:
    before, during, after = (Codec(100, sealer=Sealer(keys)) for keys in ([OLD], [NEW, OLD], [NEW]))
    written_before, written_during = before.encode("k", ANSWER), during.encode("k", ANSWER)
    assert during.decode("k", written_before) == ANSWER
    assert after.decode("k", written_during) == ANSWER
    for codec, raw in ((after, written_before), (before, written_during)):
        with pytest.raises(Unreadable):
            codec.decode("k", raw)


def test_a_key_of_the_same_id_opens_nothing_of_its_namesake() -> None:
    with pytest.raises(Unreadable):
        Codec(100, sealer=Sealer([key("2026")])).decode("k", SEALED.encode("k", ANSWER))


@pytest.mark.parametrize(
    "keys", [[], ["2026"], ["2026:c2hvcnQ="], [f"{NEW}A"], [NEW, NEW], [f"a b:{NEW[5:]}"], [f":{NEW[5:]}"]]
)
def test_a_wrong_key_is_refused_and_not_repeated(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        Sealer(keys)
    assert NEW[5:] not in str(refused.value)
