"""What the fleet keeps in Redis: who is alive, and the document that all obey."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.errors import FleetUnavailable
from app.infrastructure.fleet.fleet import Instance
from app.infrastructure.fleet.ignored import Report
from app.infrastructure.fleet.messages import Call, Desired, Member, Reply, Unreadable, encode, member

# Heartbeats are read from Redis' own clock, so machines need not agree about the time, and one far ahead is nobody's.
_BEAT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + ARGV[2], '+inf')
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000))
return {redis.call('GET', KEYS[2]), redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}
"""

_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The instances alive, oldest first, and the bytes of the stored document."""

    instances: tuple[Instance, ...]
    document: bytes | None


class Store:
    """Raises FleetUnavailable when Redis is lost. Without heartbeats, this instance is listed for `expiry` seconds."""

    def __init__(self, client: Redis, me: Instance, report: Report, *, expiry: float, namespace: str) -> None:
        self._client, self._report, self._expiry, self._namespace = client, report, expiry, namespace
        self._card = encode(Member.of(me))
        self._members, self._document = namespace + "members", namespace + "desired"
        self._beat, self._swap = client.register_script(_BEAT), client.register_script(_SWAP)

    async def beat(self) -> Seen:
        """Say that this instance lives, and learn what there is to know."""
        with answering():
            document, rows = await self._beat(keys=[self._members, self._document], args=[self._card, self._expiry])
        instances = sorted(self._read(rows), key=lambda instance: (instance.started, instance.id))
        return Seen(tuple(instances), document)

    async def leave(self) -> None:
        with suppress(FleetUnavailable), answering():  # the entry expires by itself
            await self._client.zrem(self._members, self._card)

    async def swap(self, old: bytes | None, new: Desired) -> bool:
        """Store the document unless another one has taken the place of `old`."""
        with answering():
            return bool(await self._swap(keys=[self._document], args=[old or b"", encode(new)]))

    async def publish(self, channel: str, message: Call | Reply) -> None:
        with answering():
            await self._client.publish(self._namespace + channel, encode(message))

    def _read(self, rows: list[bytes]) -> Iterator[Instance]:
        for raw, heartbeat in zip(rows[::2], rows[1::2], strict=True):
            try:
                yield member(raw).seen(float(heartbeat))
            except Unreadable as error:
                self._report("member", raw, str(error))


@contextmanager
def answering() -> Iterator[None]:
    """Goes around each Redis command: raises FleetUnavailable when Redis does not answer, or answers with an error."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise FleetUnavailable from error
