"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["text:use", "internal:read", "internal:write"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` names a caller in ledgers and logs; it is derived from the key and reveals no part of it."""

    id: str
    scopes: frozenset[Scope]
