"""API keys: making them, and telling callers apart without keeping or revealing a key."""

import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b, sha256

from app.core.caller import Caller, Scope
from app.core.errors import UnknownKey

ORDINARY: frozenset[Scope] = frozenset({"text:use"})
EVERY: frozenset[Scope] = frozenset({"text:use", "internal:read", "internal:write"})
LEAST_LENGTH = 16
_PLACEHOLDER = re.compile(r"change.?me|your.*key|placeholder|example|secret.?key|^(.)\1*$", re.IGNORECASE)


def new_key() -> str:
    """Make a key `gh_<id>_<random>_<checksum>`: 160 random bits, and a checksum that catches typing errors."""
    body = f"{secrets.token_hex(4)}_{secrets.token_hex(20)}"
    return f"gh_{body}_{sha256(body.encode()).hexdigest()[:6]}"


def refuse_weak(key: str, source: str) -> None:
    """Raise ValueError, naming `source`, for a key that is short, blank or a placeholder."""
    if len(key) < LEAST_LENGTH:
        raise ValueError(f"{source} is shorter than {LEAST_LENGTH} characters; make one with `python -m app keys new`")
    if _PLACEHOLDER.search(key):
        raise ValueError(f"{source} looks like a placeholder; make a key with `python -m app keys new`")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"{source} may hold printable ASCII without blanks only")


class Keyring:
    """Knows which caller a key belongs to; holds HMACs under a secret of this process, never a key."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._callers: dict[bytes, Caller] = {}

    def add(self, keys: Iterable[str], scopes: frozenset[Scope]) -> None:
        for key in keys:
            self._callers[self._digest(key)] = Caller(_caller_id(key), scopes)

    def caller(self, key: str) -> Caller:
        """The caller of `key`; UnknownKey for an unknown one.

        The dictionary is indexed by HMAC: the time of the look-up tells nothing about any key.
        """
        found = self._callers.get(self._digest(key))
        if found is None:
            raise UnknownKey
        return found

    def __len__(self) -> int:
        return len(self._callers)

    def _digest(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode(), "sha256")


def _caller_id(key: str) -> str:
    """The same in every process of a fleet; 40 bits of a one-way hash reveal nothing of the key."""
    return "key-" + blake2b(key.encode(), digest_size=5, person=b"gatehouse-caller").hexdigest()
