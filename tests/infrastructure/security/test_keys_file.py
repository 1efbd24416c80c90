"""The file of named keys, and the keys that are made for it."""

import os
from datetime import date
from math import inf
from pathlib import Path

import pytest

from app.core.caller import Caller
from app.core.errors import KeyExpired, MistypedKey, UnknownKey
from app.infrastructure.security import keyring, make_missing, new_key
from app.infrastructure.security.keys import fingerprint
from app.infrastructure.security.keys_file import key_line, read_keys_file
from tests.support.clock import FakeClock
from tests.support.plain import plain_settings

KEY = new_key()
DAY = 86_400
JANUARY_12 = 1_000_000 // DAY * DAY
"""Midnight before the fake clock's start, in 1970."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.toml"


def test_a_line_made_for_the_file_is_read_from_it(file: Path) -> None:
    lines = [
        key_line("mobile-app", fingerprint(KEY), ["text:use"], date(2027, 1, 31)),
        key_line("reader", fingerprint(new_key()), ["text:use", "internal:read"], None),
    ]
    file.write_text("\n".join(lines))
    read = read_keys_file(str(file))
    assert read["mobile-app"].scopes == {"text:use"}
    assert read["mobile-app"].ends == 1_801_353_600
    assert read["reader"].ends == inf


def test_a_callers_name_scopes_and_end_come_from_the_file(file: Path) -> None:
    file.write_text(key_line("reader", fingerprint(KEY), ["internal:read"], date(1970, 1, 13)))
    clock = FakeClock(JANUARY_12)
    ring = keyring(plain_settings(api_keys_file=str(file)), None, clock)
    caller = ring.caller(KEY)
    assert caller == Caller("reader", frozenset({"internal:read"}))
    clock.advance(DAY - 1)
    assert ring.caller(KEY) == caller
    clock.advance(1)
    with pytest.raises(KeyExpired):
        ring.caller(KEY)


SHA = "0" * 64
LINE = f'sha256 = "{SHA}", scopes = ["text:use"]'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = {", "is not TOML"),
        ("\na b", r"is not TOML \(at line 2, column 3\)$"),
        ("[gh_a_key_itself]\n[gh_a_key_itself]", r"is not TOML \(at line 2, "),
        ("a = " + "[" * 50_000, "is not TOML"),
        ("a = " + "9" * 60_000, "is not TOML"),
        ("a = 1", "API_KEYS_FILE: entry 1: "),
        ("gh_a_key_itself = 1", "API_KEYS_FILE: entry 1: "),
        (f'a = {{ {LINE} }}\n"gh_a_key_itself!" = {{ {LINE} }}', "entry 2: "),
        (f'a = {{ sha256 = "{SHA}" }}', "entry 1, scopes"),
        (f'a = {{ sha256 = "{SHA}", scopes = [] }}', "entry 1, scopes"),
        (f'a = {{ sha256 = "{SHA}", scopes = ["everything"] }}', "entry 1, scopes"),
        ('a = { sha256 = "gh_a_key_itself", scopes = ["text:use"] }', "entry 1, sha256"),
        (f"a = {{ {LINE}, expire = 2027-01-01 }}", "entry 1: Extra"),
        (f"a = {{ {LINE}, gh_a_key_itself = 1 }}", "entry 1: Extra"),
        (f"a = {{ {LINE}, expires = 20300101 }}", "entry 1, expires"),
        (f'a = {{ {LINE}, expires = "20300101" }}', "entry 1, expires"),
        ("\n".join(f"{name} = {{ {LINE} }}" for name in "ab"), "one key twice"),
    ],
)
def test_a_file_that_cannot_be_followed_says_where_and_never_what(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(ValueError, match=why) as caught:
        read_keys_file(str(file))
    assert "gh_a_key_itself" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ValueError, match=f"API_KEYS_FILE names a file that cannot be read: {file}"):
        read_keys_file(str(file))


def test_a_pipe_a_folder_and_a_huge_file_are_not_read(tmp_path: Path, file: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ValueError, match=f"cannot be read: {place}$"):
            read_keys_file(str(place))
    with file.open("wb") as huge:
        huge.truncate(600_000_000)
    with pytest.raises(ValueError, match="larger than 1000000 bytes"):
        read_keys_file(str(file))


def test_an_empty_file_holds_no_keys(file: Path) -> None:
    file.write_text("")
    assert read_keys_file(str(file)) == {}


def test_one_key_cannot_stand_in_a_setting_and_in_the_file(file: Path) -> None:
    file.write_text(key_line("twin", fingerprint(KEY), ["internal:write"], None))
    with pytest.raises(ValueError, match="twin is a key that another setting holds too"):
        keyring(plain_settings(api_key=KEY, api_keys_file=str(file)), None)


def test_a_file_is_enough_in_production(file: Path) -> None:
    file.write_text(key_line("a", fingerprint(KEY), ["text:use"], None))
    none = {"api_key": None, "additional_api_keys": (), "admin_api_key": None}
    settings = plain_settings(**none, environment="production", api_keys_file=str(file))
    assert make_missing(settings) is None
    assert len(keyring(settings, None)) == 1


@pytest.mark.parametrize("place", [3, 15, 40, -1])
def test_a_mistyped_key_is_told_from_an_unknown_one(place: int) -> None:
    ring = keyring(plain_settings(api_key=KEY), None)
    letters = list(KEY)
    letters[place] = "0" if letters[place] != "0" else "1"
    with pytest.raises(MistypedKey):
        ring.caller("".join(letters))
    with pytest.raises(UnknownKey) as caught:
        ring.caller(new_key())
    assert not isinstance(caught.value, MistypedKey)


def test_a_mistyped_key_in_a_setting_refuses_to_start() -> None:
    with pytest.raises(ValueError, match=r"^API_KEY .*checksum"):
        keyring(plain_settings(api_key=KEY[:-1] + ("0" if KEY[-1] != "0" else "1")), None)
