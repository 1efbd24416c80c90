"""What is read from Redis, whoever wrote it."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.fleet.messages import Call, Desired, Reply, Unreadable, desired, encode, heard, member

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_was_sent_is_what_is_heard(value: object) -> None:
    for message in (
        Call(id="1", sender="a", topic="t", args=value),
        Reply(id="1", sender="a", value=value),
    ):
        assert heard(encode(message)) == message


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.integers(0, 2**53))
def test_what_was_stored_is_what_is_read(document: dict[str, object], generation: int) -> None:
    stored = Desired(generation=generation, document=document)
    assert desired(encode(stored)) == stored


@pytest.mark.parametrize("read", [heard, desired, member])
@given(raw=st.binary(max_size=200) | json_values.map(lambda value: repr(value).encode()))
def test_foreign_bytes_are_unreadable_and_no_other_error(read: Callable[[bytes], object], raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read(raw)


@pytest.mark.parametrize("raw", [b'{"v": 2, "generation": 1}', b'{"generation": -1}', b"secret", b'"secret"'])
def test_an_unreadable_message_is_not_quoted(raw: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        desired(raw)
    assert "secret" not in str(caught.value)


CARD = {"id": "a", "host": "h", "pid": 1, "started": 1.0, "version": "1"}
NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    "wrong",
    [
        *({"started": moment} for moment in (-1, 1e12, 1e300, NAN, INFINITE)),
        *({"pid": pid} for pid in (-1, 2**33, 10**400)),
        *({field: "x" * 201} for field in ("id", "host", "version")),
    ],
)
def test_a_card_out_of_bounds_is_no_member(wrong: dict[str, object]) -> None:
    assert member(json.dumps(CARD).encode()).host == "h"
    with pytest.raises(Unreadable):
        member(json.dumps(CARD | wrong).encode())


@pytest.mark.parametrize("generation", [-1, 2**53 + 1, 2**63, 10**400])
def test_a_generation_out_of_bounds_is_unreadable(generation: int) -> None:
    with pytest.raises(Unreadable):
        desired(json.dumps({"generation": generation}).encode())


WISH = {"preset": "simple", "custom": None, "until": 5.5, "reason": "r", "by": "me", "at": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": 5},
        {"config": {}},
        *({"config": WISH | field} for field in ({"preset": 5}, {"custom": []}, {"until": "5"}, {"until": INFINITE})),
        {"forced": []},
        {"forced": {"x": 5}},
        {"forced": {"x": {}}},
        *({"forced": {"x": {"until": until}}} for until in ("5", None, -1, 1e300, NAN, INFINITE)),
    ],
)
def test_a_document_of_another_shape_is_unreadable(wrong: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        desired(json.dumps({"document": wrong}).encode())


def test_a_document_is_read_as_it_was_written_with_what_a_newer_release_adds() -> None:
    document = {"config": WISH | {"mood": 1}, "forced": {"x": {"until": 7, "by": "me"}}, "more": [1]}
    assert desired(json.dumps({"document": document}).encode()).document == document


def test_fields_of_a_newer_release_are_passed_over() -> None:
    assert desired(b'{"v": 1, "generation": 3, "document": {}, "by": "someone"}') == Desired(generation=3)


def test_nothing_stored_is_generation_zero() -> None:
    assert desired(None) == Desired(generation=0, document={})


def test_a_process_without_redis_does_not_import_its_client() -> None:
    program = "import sys, app.infrastructure.fleet; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
