"""API keys: making them, and telling callers apart without keeping or revealing a key."""

import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b, sha256
from math import inf
from typing import NamedTuple

from app.core.caller import Caller, Scope
from app.core.clock import Clock, SystemClock
from app.core.errors import KeyExpired, MistypedKey, UnknownKey

ORDINARY: frozenset[Scope] = frozenset({"text:use"})
EVERY: frozenset[Scope] = frozenset({"text:use", "internal:read", "internal:write"})
LEAST_LENGTH = 16
_PLACEHOLDER = re.compile(r"change.?me|your.*key|placeholder|example|secret.?key|^(.)\1*$", re.IGNORECASE)


def new_key() -> str:
    """Make a key `gh_<id>_<random>_<checksum>`: 160 random bits, and a checksum that catches typing errors."""
    body = f"{secrets.token_hex(4)}_{secrets.token_hex(20)}"
    return f"gh_{body}_{_checksum(body)}"


def mistyped(key: str) -> bool:
    """Whether it begins as a made key does and its checksum does not fit."""
    body, _, checksum = key.removeprefix("gh_").rpartition("_")
    return key.startswith("gh_") and not hmac.compare_digest(checksum.encode(), _checksum(body).encode())


def _checksum(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:6]


def refuse_weak(key: str, source: str) -> None:
    """Raise ValueError, naming `source`, for a key that is short, blank or a placeholder."""
    if len(key) < LEAST_LENGTH:
        raise ValueError(f"{source} is shorter than {LEAST_LENGTH} characters; make one with `python -m app keys new`")
    if _PLACEHOLDER.search(key):
        raise ValueError(f"{source} looks like a placeholder; make a key with `python -m app keys new`")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"{source} may hold printable ASCII without blanks only")


def fingerprint(key: str) -> str:
    """The SHA-256 of a key in hex, as a keys file holds it."""
    return sha256(key.encode()).hexdigest()


def caller_id(key: str) -> str:
    """The same in every process of a fleet; 40 bits of a one-way hash reveal nothing of the key."""
    return "key-" + blake2b(key.encode(), digest_size=5, person=b"caller").hexdigest()


class _Entry(NamedTuple):
    caller: Caller
    expires: float


class Keyring:
    """Knows which caller a key belongs to; holds HMACs under a secret of this process, never a key."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._secret, self._clock = secrets.token_bytes(32), clock or SystemClock()
        self._entries: dict[bytes, _Entry] = {}

    def add(self, keys: Iterable[str], scopes: frozenset[Scope]) -> None:
        for key in keys:
            self.add_fingerprint(fingerprint(key), Caller(caller_id(key), scopes))

    def add_fingerprint(self, digest: str, caller: Caller, expires: float = inf) -> None:
        """Let in whoever presents the key of this SHA-256, until `expires`, in seconds since the epoch."""
        self._entries[self._index(digest)] = _Entry(caller, expires)

    def caller(self, key: str) -> Caller:
        """The caller of `key`; UnknownKey, MistypedKey or KeyExpired for another one.

        The dictionary is indexed by HMAC: the time of the look-up tells nothing about any key.
        """
        found = self._entries.get(self._index(fingerprint(key)))
        if found is None:
            raise MistypedKey if mistyped(key) else UnknownKey
        if found.expires <= self._clock.now():
            raise KeyExpired
        return found.caller

    def __len__(self) -> int:
        return len(self._entries)

    def _index(self, digest: str) -> bytes:
        return hmac.digest(self._secret, digest.encode(), "sha256")
