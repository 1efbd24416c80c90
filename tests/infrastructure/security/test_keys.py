"""Keys: made, refused when weak, and told apart without being kept."""

import pytest

from app.core.errors import UnknownKey
from app.infrastructure.security import ORDINARY, keyring, make_missing, new_key
from app.infrastructure.security.keys import EVERY, Keyring, refuse_weak
from tests.support.plain import plain_settings

NO_KEYS = {"api_key": None, "additional_api_keys": (), "admin_api_key": None}


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "shorter"),
        ("fifteen-letters", "shorter"),
        ("a" * 20, "placeholder"),
        ("change-me-please-now", "placeholder"),
        ("CHANGEME1234567890", "placeholder"),
        ("your-api-key-goes-here", "placeholder"),
        ("this-is-an-example-key", "placeholder"),
        ("my-secret-key-is-long", "placeholder"),
        ("sixteen letters here", "ASCII"),
        ("tab\there-and-there-too", "ASCII"),
        ("ümläute-in-a-long-key", "ASCII"),
    ],
)
def test_a_weak_key_is_refused_by_the_name_of_its_setting(key: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^ADMIN_API_KEY .*{why}"):
        refuse_weak(key, "ADMIN_API_KEY")


def test_a_made_key_is_strong_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        refuse_weak(key, "API_KEY")


def test_a_caller_is_known_by_an_id_that_stays_and_reveals_nothing() -> None:
    key, ids = "a-key-that-stays-the-same", set()
    for _ in range(3):
        ring = Keyring()
        ring.add([key], ORDINARY)
        ids.add(ring.caller(key).id)
    (caller_id,) = ids
    assert caller_id.startswith("key-")
    assert not any(key[i : i + 5] in caller_id for i in range(len(key) - 4))


def test_a_ring_holds_no_key() -> None:
    ring = Keyring()
    ring.add(["a-key-nobody-finds"], ORDINARY)
    assert "a-key-nobody-finds" not in repr(vars(ring))


@pytest.mark.parametrize("key", ["", "a-key-that-is-no", "a-key-that-is-known ", "A-KEY-THAT-IS-KNOWN", "\xff" * 20])
def test_an_unknown_key_is_unknown(key: str) -> None:
    ring = Keyring()
    ring.add(["a-key-that-is-known"], ORDINARY)
    with pytest.raises(UnknownKey):
        ring.caller(key)


def test_scopes_come_from_the_setting_that_holds_the_key() -> None:
    ring = keyring(
        plain_settings(
            api_key="first-client-q8w3", additional_api_keys="second-client-z1x4", admin_api_key="operator-m5n7b2v9"
        ),
        None,
    )
    assert [ring.caller(key).scopes for key in ("first-client-q8w3", "second-client-z1x4")] == [ORDINARY, ORDINARY]
    assert ring.caller("operator-m5n7b2v9").scopes == EVERY
    assert len(ring) == 3


@pytest.mark.parametrize("name", ["api_key", "additional_api_keys"])
def test_a_client_cannot_have_the_operators_key(name: str) -> None:
    same = plain_settings(**NO_KEYS | {name: "one-key-for-all-k3", "admin_api_key": "one-key-for-all-k3"})
    with pytest.raises(ValueError, match=f"{name.upper()} and ADMIN_API_KEY are the same key"):
        keyring(same, None)


@pytest.mark.parametrize("name", ["api_key", "additional_api_keys", "admin_api_key"])
def test_a_weak_key_in_any_setting_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name.upper()} "):
        keyring(plain_settings(**NO_KEYS | {name: "short"}), None)


def test_keys_are_made_in_development_when_there_is_none() -> None:
    settings = plain_settings(**NO_KEYS)
    made = make_missing(settings)
    assert made is not None
    ring = keyring(settings, made)
    assert (ring.caller(made.api_key).scopes, ring.caller(made.admin_key).scopes) == (ORDINARY, EVERY)


@pytest.mark.parametrize("name", NO_KEYS)
def test_no_key_is_made_beside_a_configured_one(name: str) -> None:
    assert make_missing(plain_settings(**NO_KEYS | {name: "a-good-key-h6j2v8c4"})) is None


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_elsewhere_a_key_has_to_be_set(environment: str) -> None:
    with pytest.raises(ValueError, match=f"ENVIRONMENT={environment} needs API_KEY"):
        make_missing(plain_settings(**NO_KEYS, environment=environment))
