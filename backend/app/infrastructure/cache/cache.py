"""What a cache keeps and what it can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Tier = Literal["l1", "l2"]
Result = Literal["hit", "miss", "stale", "error"]
State = Literal["up", "down"]
Action = Literal["get", "put"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An encoded answer; both times in seconds since the epoch. After `stale_until` it is gone."""

    body: bytes
    fresh_until: float
    stale_until: float

    def fresh(self, now: float) -> bool:
        return now < self.fresh_until


@dataclass(frozen=True, slots=True)
class Timing:
    """So many commands that succeeded took so many seconds in sum."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStatus:
    """One tier at this moment; None where it cannot be known.

    What was looked up, written and not written is this process's count: `written_bytes` of bodies took `stored_bytes`.
    Memory is too quick to be timed. Of Redis, `entries` is the whole database, and `evictions`, `used_memory` (bytes)
    and `clients` are the server's.
    """

    tier: Tier
    state: State = "up"
    since: float
    lookups: Mapping[Result, int]
    failed_puts: int = 0
    written_bytes: int = 0
    stored_bytes: int = 0
    timings: Mapping[Action, Timing] = field(default_factory=dict)
    entries: int | None = None
    bytes: int | None = None
    evictions: int | None = None
    used_memory: int | None = None
    clients: int | None = None


class RedisUnavailable(Exception):
    """Redis is unreachable, too slow, or refuses the command."""


class Cache(Protocol):
    """One tier. Keys are ASCII, `group:hash`; a prefix is taken literally, and the empty one means every key."""

    async def get(self, key: str, *, counted: bool = True) -> Entry | None:
        """The entry, also when it is no longer fresh; never raises. A second look for one question is not `counted`."""
        ...

    async def put(self, key: str, entry: Entry) -> None:
        """Keep the entry until it is no longer even stale; never raises."""
        ...

    async def drop(self, prefix: str) -> int:
        """Remove what starts with the prefix and say how much it was; raises RedisUnavailable."""
        ...

    async def count(self, prefix: str) -> int:
        """How many entries `drop` would remove; raises RedisUnavailable."""
        ...

    async def reachable(self) -> bool: ...

    async def status(self) -> TierStatus: ...
