"""Memory in front of Redis."""

from collections.abc import Awaitable

from app.core.clock import Clock
from app.infrastructure.cache.cache import Cache, Entry, RedisUnavailable, Tier, TierStatus


class TieredCache:
    """A cache of one or two tiers, whose numbers come per tier: None where Redis could not be reached."""

    def __init__(self, clock: Clock, l1: Cache, l2: Cache | None = None) -> None:
        self._clock, self._l1, self._l2 = clock, l1, l2
        self._drops = 0

    async def get(self, key: str, *, counted: bool = True) -> Entry | None:
        """A fresh entry of L1, else the fresher one of both tiers."""
        local = await self._l1.get(key, counted=counted)
        if self._l2 is None or (local is not None and local.fresh(self._clock.now())):
            return local
        drops = self._drops
        best = _fresher(await self._l2.get(key, counted=counted), local)
        # A drop that ran while Redis was answering must not be undone by the promotion.
        if best is not None and best is not local and drops == self._drops:
            await self._l1.put(key, best)
        return best

    async def get_shared(self, key: str) -> Entry | None:
        """The fresher entry of both tiers, for state that other replicas change."""
        shared = await self._l2.get(key) if self._l2 else None
        return _fresher(shared, await self._l1.get(key))

    async def put(self, key: str, entry: Entry) -> None:
        await self._l1.put(key, entry)
        if self._l2:
            await self._l2.put(key, entry)

    async def drop(self, prefix: str) -> dict[Tier, int | None]:
        """Remove from both tiers, Redis first: what is dropped there can no longer be promoted."""
        shared = await self.drop_shared(prefix)
        return self._per_tier(await self.drop_local(prefix), shared)

    async def drop_shared(self, prefix: str) -> int | None:
        """Remove from Redis alone, when every replica is told to see to its own memory; None where there is none."""
        return await _reach(self._l2.drop(prefix)) if self._l2 else None

    async def drop_local(self, prefix: str) -> int:
        """Remove from this process alone, when another replica has seen to Redis."""
        self._drops += 1
        return await self._l1.drop(prefix)

    async def count(self, prefix: str) -> dict[Tier, int | None]:
        shared = await self.count_shared(prefix)
        return self._per_tier(await self.count_local(prefix), shared)

    async def count_shared(self, prefix: str) -> int | None:
        return await _reach(self._l2.count(prefix)) if self._l2 else None

    async def count_local(self, prefix: str) -> int:
        return await self._l1.count(prefix)

    async def reachable(self) -> bool:
        """Whether every tier answers."""
        return self._l2 is None or await self._l2.reachable()

    async def status(self) -> list[TierStatus]:
        return [await tier.status() for tier in (self._l1, self._l2) if tier]

    def _per_tier(self, local: int, shared: int | None) -> dict[Tier, int | None]:
        return {"l1": local, "l2": shared} if self._l2 else {"l1": local}


async def _reach(answer: Awaitable[int]) -> int | None:
    try:
        return await answer
    except RedisUnavailable:
        return None


def _fresher(shared: Entry | None, local: Entry | None) -> Entry | None:
    if shared is None or local is None:
        return shared or local
    return local if local.fresh_until > shared.fresh_until else shared
