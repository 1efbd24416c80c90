"""Encryption of what is kept in Redis: AES-256 in Galois/counter mode, with keys that can be changed."""

import base64
import binascii
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = re.compile(r"([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)")


class Sealer:
    """Seals with the first of `keys` (`id:base64`, 32 bytes each) and opens with any; raises ValueError for others."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._ciphers = dict(_parsed(number, key) for number, key in enumerate(keys, 1))
        if len(self._ciphers) != len(keys) or not keys:
            raise ValueError("needs keys, each with an id of its own")
        self._newest = next(iter(self._ciphers))

    def seal(self, name: str, content: bytes) -> bytes:
        """`name` is where the result is going to stand: it cannot be opened anywhere else.

        Layout: length of the key id (1 byte), key id, nonce (12), ciphertext with its tag (16).
        """
        nonce = os.urandom(_NONCE)
        head = bytes([len(self._newest)]) + self._newest
        return head + nonce + self._ciphers[self._newest].encrypt(nonce, content, _bound(self._newest, name))

    def open(self, name: str, sealed: bytes) -> bytes:
        """What was sealed under that name; raises ValueError for anything else."""
        start = 1 + sealed[0] if sealed else 0
        key_id = sealed[1:start]
        cipher = self._ciphers.get(key_id)
        nonce = sealed[start : start + _NONCE]
        if cipher is None or len(nonce) < _NONCE:
            raise ValueError("sealed with an unknown key")
        try:
            return cipher.decrypt(nonce, sealed[start + _NONCE :], _bound(key_id, name))
        except InvalidTag as error:
            raise ValueError("changed, or sealed for another place") from error


def _bound(key_id: bytes, name: str) -> bytes:
    return key_id + b"\0" + name.encode()


def _parsed(number: int, key: str) -> tuple[bytes, AESGCM]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"key {number} is not `id:` and 32 bytes in base64, as `openssl rand -base64 32` prints them")
    try:
        secret = base64.b64decode(found[2].translate(str.maketrans("-_", "+/")).rstrip("=") + "=", validate=True)
    except binascii.Error:
        raise ValueError(f"key {number} is not base64") from None
    return found[1].encode(), AESGCM(secret)
