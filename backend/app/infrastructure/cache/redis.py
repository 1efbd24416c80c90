"""The second tier: Redis, shared by all replicas."""

import re
from collections.abc import AsyncIterator
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.core.clock import Clock
from app.core.events import CacheDropped, Hook, ignore
from app.infrastructure.cache.cache import Entry, RedisUnavailable, TierStatus
from app.infrastructure.cache.codec import Codec, Unreadable
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.joint_reads import JointReads
from app.infrastructure.cache.stats import Lookups, Stopwatch

_SCAN_BATCH = 500


def connect(url: str, *, timeout: float = 0.1, max_connections: int = 64) -> Redis:
    """The client of this process; whoever calls this closes it. Nothing is sent before the first command.

    `timeout` (seconds) bounds each of waiting for a connection, connecting, sending and reading. RESP2 without driver
    information makes a new connection cost no round trip.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=2,
        driver_info=None,
    )
    return Redis.from_pool(pool)


class RedisCache:
    """Lookups and puts never fail: while Redis is unavailable every lookup is a miss and every put is skipped.

    The namespace must be the cache's own, because dropping the empty prefix removes all of it.
    """

    def __init__(
        self,
        client: Redis,
        guard: Guard,
        clock: Clock,
        hook: Hook = ignore,
        codec: Codec | None = None,
        namespace: str = "gatehouse:cache:",
    ) -> None:
        self._client, self._guard, self._clock, self._hook = client, guard, clock, hook
        self._codec, self._namespace = codec or Codec(), namespace
        self._reads, self._lookups, self._watch = JointReads(client), Lookups("l2", hook), Stopwatch(clock)
        self._failed_puts = self._written_bytes = self._stored_bytes = 0

    async def get(self, key: str, *, counted: bool = True) -> Entry | None:
        saw = self._lookups.saw if counted else ignore
        try:
            with self._guard, self._watch.timed("get"):
                raw = await self._reads.get(self._namespace + key)
            entry = None if raw is None else self._codec.decode(key, raw)
        except (RedisUnavailable, Unreadable):
            saw("error")
            return None
        now = self._clock.now()
        if entry is None or now >= entry.stale_until:
            saw("miss")
            return None
        saw("hit" if entry.fresh(now) else "stale")
        return entry

    async def put(self, key: str, entry: Entry) -> None:
        milliseconds = int((entry.stale_until - self._clock.now()) * 1000)
        if milliseconds <= 0 or len(entry.body) > self._codec.max_bytes:
            return
        raw = self._codec.encode(key, entry)
        try:
            with self._guard, self._watch.timed("put"):
                await self._client.set(self._namespace + key, raw, px=milliseconds)
        except RedisUnavailable:
            self._failed_puts += 1
        else:
            self._written_bytes += len(entry.body)
            self._stored_bytes += len(raw)

    async def drop(self, prefix: str) -> int:
        dropped = 0
        async for keys in self._scan(prefix):
            if keys:
                with self._guard:
                    dropped += await self._client.unlink(*keys)
        self._hook(CacheDropped("l2", dropped))
        return dropped

    async def count(self, prefix: str) -> int:
        """SCAN may name a key twice while Redis resizes its table, so this is close rather than exact."""
        return sum([len(keys) async for keys in self._scan(prefix)])

    async def reachable(self) -> bool:
        try:
            with self._guard:
                await self._client.ping()
        except RedisUnavailable:
            return False
        return True

    async def status(self) -> TierStatus:
        try:
            server = await self._server()
        except RedisUnavailable:
            server = {}
        return TierStatus(
            tier="l2",
            state="up" if server else "down",
            since=self._guard.since,
            lookups=self._lookups.counts(),
            failed_puts=self._failed_puts,
            written_bytes=self._written_bytes,
            stored_bytes=self._stored_bytes,
            timings=self._watch.timings(),
            **server,
        )

    async def _server(self) -> dict[str, int]:
        """What the server says of itself, under the names of TierStatus."""
        with self._guard:
            info, entries = await self._client.info(), await self._client.dbsize()
        return {
            "entries": entries,
            "evictions": info["evicted_keys"],
            "used_memory": info["used_memory"],
            "clients": info["connected_clients"],
        }

    async def _scan(self, prefix: str) -> AsyncIterator[list[bytes]]:
        pattern = re.sub(r"([*?\[\]\\])", r"\\\1", self._namespace + prefix) + "*"
        cursor = None
        while cursor != 0:
            with self._guard:
                cursor, keys = await self._client.scan(cursor or 0, match=pattern, count=_SCAN_BATCH)
            yield cast("list[bytes]", keys)
