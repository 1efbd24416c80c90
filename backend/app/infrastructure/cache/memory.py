"""The first tier: a bounded dict in this process."""

from collections import OrderedDict

from app.core.clock import Clock
from app.core.events import CacheDropped, Hook, ignore
from app.infrastructure.cache.cache import Entry, TierStatus
from app.infrastructure.cache.stats import Lookups

ENTRY_OVERHEAD = 256
"""Bytes an entry takes beside its key and body, measured: objects, floats and its place in the dict."""


class MemoryCache:
    """Forgets the least recently used entry when there are too many entries or bytes.

    An entry of more than an eighth of `max_bytes` is not kept, so that one answer cannot push out all others.
    """

    def __init__(self, max_entries: int, max_bytes: int, clock: Clock, hook: Hook = ignore) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._bytes = self._evictions = 0
        self._clock, self._hook, self._lookups = clock, hook, Lookups("l1", hook)
        self._since = clock.now()

    async def get(self, key: str, *, counted: bool = True) -> Entry | None:
        saw = self._lookups.saw if counted else ignore
        entry = self._entries.get(key)
        now = self._clock.now()
        if entry is None or now >= entry.stale_until:
            self._remove(key)
            saw("miss")
            return None
        self._entries.move_to_end(key)
        saw("hit" if entry.fresh(now) else "stale")
        return entry

    async def put(self, key: str, entry: Entry) -> None:
        self._remove(key)
        size = _size(key, entry)
        if size > self._max_bytes // 8:
            return
        self._entries[key] = entry
        self._bytes += size
        while self._bytes > self._max_bytes or len(self._entries) > self._max_entries:
            self._remove(next(iter(self._entries)))
            self._evictions += 1

    async def drop(self, prefix: str) -> int:
        keys = [key for key in self._entries if key.startswith(prefix)]
        for key in keys:
            self._remove(key)
        self._hook(CacheDropped("l1", len(keys)))
        return len(keys)

    async def count(self, prefix: str) -> int:
        return sum(key.startswith(prefix) for key in self._entries)

    async def reachable(self) -> bool:
        return True

    async def status(self) -> TierStatus:
        return TierStatus(
            tier="l1",
            since=self._since,
            lookups=self._lookups.counts(),
            entries=len(self._entries),
            bytes=self._bytes,
            evictions=self._evictions,
        )

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry)


def _size(key: str, entry: Entry) -> int:
    return len(key) + len(entry.body) + ENTRY_OVERHEAD
