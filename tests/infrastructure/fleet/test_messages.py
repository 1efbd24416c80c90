"""What is read from Redis, whoever wrote it."""

import contextlib
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


def test_fields_of_a_newer_release_are_passed_over() -> None:
    assert desired(b'{"v": 1, "generation": 3, "document": {}, "by": "someone"}') == Desired(generation=3)


def test_nothing_stored_is_generation_zero() -> None:
    assert desired(None) == Desired(generation=0, document={})


def test_a_process_without_redis_does_not_import_its_client() -> None:
    program = "import sys, app.infrastructure.fleet; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
