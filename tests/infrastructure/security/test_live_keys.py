"""A keys file that changes under a running process."""

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import UnknownKey
from app.core.events import KeysRead
from app.infrastructure.security import keyring, new_key
from app.infrastructure.security.keys import fingerprint
from app.infrastructure.security.keys_file import key_line
from app.infrastructure.security.live_keys import LiveKeys
from tests.support.eventually import eventually
from tests.support.plain import plain_settings
from tests.support.service import API_KEY, Service

OLD, NEW = new_key(), new_key()


def write(file: Path, *keys: str) -> None:
    """In one step, as a careful operator does."""
    lines = [key_line(f"app-{number}", fingerprint(key), ["text:use"], None) for number, key in enumerate(keys)]
    fresh = file.with_suffix(".new")
    fresh.write_text("\n".join(lines))
    fresh.replace(file)


def live(file: Path, heard: list[Any]) -> LiveKeys:
    settings = plain_settings(api_key=API_KEY, additional_api_keys=(), admin_api_key=None, api_keys_file=str(file))
    return LiveKeys(str(file), lambda: keyring(settings, None), heard.append)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "keys.toml"
    write(file, OLD)
    return file


async def test_a_key_that_is_replaced_in_the_file_is_out_and_its_successor_in(file: Path) -> None:
    heard: list[Any] = []
    keys = live(file, heard)
    write(file, NEW)
    assert keys.caller(OLD).id == "app-0"
    await keys.look()
    assert keys.caller(NEW).id == "app-0"
    with pytest.raises(UnknownKey):
        keys.caller(OLD)
    assert keys.caller(API_KEY).scopes == {"text:use"}
    assert heard == [KeysRead(2)]


async def test_a_file_that_stays_as_it_is_is_not_read_again(file: Path) -> None:
    heard: list[Any] = []
    keys = live(file, heard)
    await keys.look()
    assert heard == []


@pytest.mark.parametrize("broken", ["app-0 = {", "app-0 = { sha256 = 'short', scopes = ['text:use'] }", None])
async def test_a_file_that_cannot_be_followed_changes_nothing_and_is_reported_once(
    file: Path, broken: str | None
) -> None:
    heard: list[Any] = []
    keys = live(file, heard)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    await keys.look()
    await keys.look()
    assert keys.caller(OLD).id == "app-0"
    [event] = heard
    assert event.keys == 2
    assert "API_KEYS_FILE" in event.refused
    write(file, OLD, NEW)
    await keys.look()
    assert keys.caller(NEW).id == "app-1"


async def test_without_a_file_there_is_nothing_to_look_at() -> None:
    heard: list[Any] = []
    keys = LiveKeys(None, lambda: keyring(plain_settings(api_key=API_KEY), None), heard.append)
    await keys.look()
    assert heard == []


async def test_a_running_service_lets_nobody_in_whose_line_is_gone(file: Path) -> None:
    with Service(API_KEYS_FILE=str(file)) as service, service.connect(OLD) as old, service.connect(NEW) as new:
        assert (old.get("/v1/auth/status").status_code, new.get("/v1/auth/status").status_code) == (200, 401)
        write(file, NEW)
        await eventually(lambda: old.get("/v1/auth/status").status_code == 401, within=15)
        assert new.get("/v1/auth/status").json()["key_id"] == "app-0"
        assert "keys are in force" in service.output()
