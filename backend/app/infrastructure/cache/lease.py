"""Single-flight among replicas: who holds the lease works, the others wait for what comes of it.

The one key of a flight holds the leader's token while it works, then for a moment its failure. It is gone once the
answer is in the cache, and expires when the leader dies. A follower polls with one command, `SET NX GET` (Redis 7 or
Valkey), which also makes it the leader when the key is gone.
"""

import asyncio
import contextlib
import secrets
from typing import TypeVar, cast

import orjson
from redis.asyncio import Redis

from app.core.clock import Clock
from app.core.errors import AppError, named
from app.core.events import FlightFollowed, Hook, ignore
from app.infrastructure.cache.cache import RedisUnavailable
from app.infrastructure.cache.guard import Guard
from app.infrastructure.cache.single_flight import Look, Work

T = TypeVar("T")

_FAILED = b"!"
_FAILURE_LIVES = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.05

_REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class Lease:
    """Gives each key one leader at a time among all replicas; without Redis everybody leads.

    Seconds: a leader's claim lives `lives` and is renewed three times as often; a follower waits `timeout` at most.
    """

    def __init__(
        self,
        client: Redis,
        guard: Guard,
        clock: Clock,
        hook: Hook = ignore,
        *,
        lives: float = 3.0,
        timeout: float = 60.0,
        namespace: str = "gatehouse:flight:",
    ) -> None:
        self._client, self._guard, self._clock, self._hook = client, guard, clock, hook
        self._lives, self._timeout, self._namespace = lives, timeout, namespace
        self._script = client.register_script(_REPLACE)

    async def lead_or_follow(self, key: str, work: Work[T], look: Look[T]) -> tuple[T, bool]:
        """What `work` gives here, or `look` finds of another replica's work, and whether it was made here.

        A failure of the leader is raised to those who waited for it, as the same AppError.
        """
        name, token = self._namespace + key, secrets.token_hex(16).encode()
        try:
            leads = await self._claim(name, token)
        except RedisUnavailable:
            leads = False
        return await self._lead(name, token, work, look) if leads else (await work(), True)

    async def _claim(self, name: str, token: bytes) -> bool:
        """True once the lease is ours, False when that took too long; raises the failure of a leader we waited for."""
        deadline, pause, waited = self._clock.monotonic() + self._timeout, _FIRST_PAUSE, False
        while self._clock.monotonic() < deadline:
            holder = await self._hold(name, token)
            if holder is None:
                return True
            failure = _read_failure(holder)
            if failure and waited:
                raise failure
            if failure and await self._replace(name, holder, token, self._lives):
                return True  # what failed before we came is not our failure
            if not waited:
                self._hook(FlightFollowed("fleet"))
            waited = True
            await self._clock.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return False

    async def _lead(self, name: str, token: bytes, work: Work[T], look: Look[T]) -> tuple[T, bool]:
        renewal = asyncio.create_task(self._renew(name, token))
        outcome = b""
        try:
            # Another leader may have finished since the caller's own lookup, or while we followed it.
            made = await look()
            return (await work(), True) if made is None else (made, False)
        except AppError as error:
            outcome = _write_failure(error)
            raise
        finally:
            renewal.cancel()
            with contextlib.suppress(RedisUnavailable):  # the lease expires by itself
                await self._replace(name, token, outcome, _FAILURE_LIVES)

    async def _renew(self, name: str, token: bytes) -> None:
        held = True
        while held:
            await self._clock.sleep(self._lives / 3)
            with contextlib.suppress(RedisUnavailable):  # it may be back in time for the next round
                held = await self._replace(name, token, token, self._lives)

    async def _hold(self, name: str, token: bytes) -> bytes | None:
        """Who holds the lease; None when nobody did and now we do."""
        with self._guard:
            holder = await self._client.set(name, token, nx=True, get=True, px=int(self._lives * 1000))
        return cast("bytes | None", holder)

    async def _replace(self, name: str, old: bytes, new: bytes, lives: float) -> bool:
        """Put `new` in the place of `old`, or nothing when it is empty; False when `old` is no longer there."""
        with self._guard:
            return bool(await self._script(keys=[name], args=[old, new, int(lives * 1000)]))


def _write_failure(error: AppError) -> bytes:
    return _FAILED + orjson.dumps([error.code(), str(error), error.retry_after])


def _read_failure(holder: bytes) -> AppError | None:
    """None for a leader's token, and for what nobody of ours wrote."""
    if not holder.startswith(_FAILED):
        return None
    try:
        code, message, retry_after = orjson.loads(holder[len(_FAILED) :])
        return named(str(code))(str(message), retry_after=None if retry_after is None else float(retry_after))
    except (TypeError, ValueError):
        return None
