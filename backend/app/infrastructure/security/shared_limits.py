"""Request limits that all processes of a fleet share, in Redis, without a round trip for each request."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.clock import Clock
from app.core.errors import RateLimited
from app.core.events import Events, FleetChanged

from .limits import Allowance, RateLimit

LEASE_SECONDS = 1.0
MOST_OF_THE_LIMIT = 20
"""A lease is at most this part of the limit, and at most a quarter of what is left of it."""
QUIET_SECONDS = 1.0

TAKE = """
local window, step = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, wanted, back = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local ahead = (tonumber(redis.pcall('GET', KEYS[1])) or 0) - now
if not (ahead <= window + 1) then ahead = 0 end
local backlog = math.max(0, ahead - back * step)
local room = math.floor((window - backlog) / step + 0.000001)
local granted = 0
if room >= cost then granted = math.max(cost, math.min(wanted, math.floor(room / 4))) end
backlog = backlog + granted * step
if granted > 0 or back > 0 then
  redis.call('SET', KEYS[1], string.format('%.6f', now + backlog), 'PX', math.ceil(backlog * 1000) + 1)
end
return {granted, string.format('%.6f', backlog)}
"""


@dataclass(slots=True)
class _Lease:
    """Requests that Redis has counted already and this process may spend until `ends`."""

    left: int = 0
    size: int = 0
    ends: float = 0.0
    backlog: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedLimit:
    """The bucket of each key is one number in Redis; processes take small leases from it and spend them locally.

    Over any stretch of `t` seconds the fleet lets at most `limit * (1 + (t + 1) / window)` requests of a key through:
    a bucket, what flows in, and one second for which a lease lives. A lease grows while it is used up within that
    second, and what is left of an old one is given back with the next. While Redis is lost each process has a bucket
    of its own, of the limit divided by the number of instances that were alive. A foreign value, or a moment that no
    bucket can have, is an empty bucket.
    """

    def __init__(
        self,
        client: Redis,
        limit: int,
        window: int,
        clock: Clock,
        events: Events,
        *,
        name: str = "requests",
        capacity: int = 100_000,
    ) -> None:
        self._limit, self._window, self._clock, self._capacity = limit, window, clock, capacity
        self._prefix = f"gatehouse:limit:{name}:{limit}:{window}:"
        self._script = client.register_script(TAKE)
        self._alone = RateLimit(limit, window, clock, capacity)
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._instances, self._quiet_until = 1, 0.0
        events.on(FleetChanged, self._fleet_changed)

    async def spend(self, key: str, cost: int = 1) -> Allowance | None:
        if not self._limit:
            return None
        lease = self._lease(key)
        if cost <= lease.left and self._clock.monotonic() < lease.ends:
            return self._from(lease, cost)
        async with lease.lock:
            if cost <= lease.left and self._clock.monotonic() < lease.ends:
                return self._from(lease, cost)
            if not await self._renew(key, lease, cost):
                return self._alone.take(key, cost, self._instances)
            return self._from(lease, cost)

    async def refuse_if_spent(self, key: str) -> None:
        if not self._limit or self._lease(key).left:
            return
        taken = await self._take(key, 0, 0, 0)
        if taken is None:
            await self._alone.refuse_if_spent(key)
        elif (excess := taken[1] + self._window / self._limit - self._window) > 1e-6:
            raise RateLimited(retry_after=excess)

    def _lease(self, key: str) -> _Lease:
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = _Lease()
            if len(self._leases) > self._capacity:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(key)
        return lease

    def _from(self, lease: _Lease, cost: int) -> Allowance:
        lease.left -= cost
        step = self._window / self._limit
        elapsed = max(0.0, self._clock.monotonic() - (lease.ends - LEASE_SECONDS))
        unspent = max(0.0, lease.backlog - elapsed - lease.left * step)
        return Allowance(self._limit, self._window, int((self._window - unspent) / step + 1e-6), unspent)

    async def _renew(self, key: str, lease: _Lease, cost: int) -> bool:
        """Take a new lease that holds `cost` at least; False while Redis is lost, RateLimited when it has no room."""
        now = self._clock.monotonic()
        hot = now < lease.ends
        wanted = max(cost, min(2 * lease.size, self._limit // MOST_OF_THE_LIMIT)) if hot else cost
        taken = await self._take(key, cost, wanted, lease.left)
        if taken is None:
            lease.left = 0
            return False
        granted, backlog = taken
        if cost and not granted:
            lease.left = lease.size = 0
            excess = backlog + cost * self._window / self._limit - self._window
            raise RateLimited(retry_after=excess if cost <= self._limit else self._window)
        lease.left = lease.size = granted
        lease.ends, lease.backlog = now + LEASE_SECONDS, backlog
        return True

    async def _take(self, key: str, cost: int, wanted: int, back: int) -> tuple[int, float] | None:
        """Requests granted, and the seconds until the bucket is full; None while Redis is lost."""
        if self._clock.monotonic() < self._quiet_until:
            return None
        arguments: list[str | int] = [self._window, repr(self._window / self._limit), cost, wanted, back]
        try:
            granted, backlog = cast("tuple[int, bytes]", await self._script([self._prefix + key], arguments))
        except (RedisError, OSError):  # said by the fleet and the cache, which lose it too
            self._quiet_until = self._clock.monotonic() + QUIET_SECONDS
            return None
        return granted, float(backlog)

    def _fleet_changed(self, event: FleetChanged) -> None:
        if event.connected:
            self._instances = max(1, event.instances)
