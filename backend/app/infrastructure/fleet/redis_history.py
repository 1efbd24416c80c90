"""The history of the whole fleet, in Redis streams."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from app.core.errors import FleetUnavailable
from app.infrastructure.fleet.history import MAX_RECORDS, encoded, logger
from app.infrastructure.fleet.store import answering

_FIELD = b"record"
_Rows = list[tuple[bytes, dict[bytes, bytes]]]


class RedisHistory:
    """`at` is Redis' own time, one clock for all. It trims in blocks, so a stream may hold a hundred records more."""

    def __init__(self, client: Redis, max_records: int = MAX_RECORDS, namespace: str = "gatehouse:history:") -> None:
        self._client, self._max, self._namespace = client, max_records, namespace

    async def append(self, stream: str, record: Mapping[str, Any]) -> None:
        raw = encoded(stream, record)
        if raw is None:
            return
        try:
            with answering():
                await self._client.xadd(self._namespace + stream, {_FIELD: raw}, maxlen=self._max, approximate=True)
        except FleetUnavailable as error:
            logger.warning("a record of %s is lost: %s", stream, error.__cause__)

    async def read(self, stream: str, since: float = 0.0, limit: int = 1000) -> list[dict[str, Any]]:
        with answering():
            rows = await self._client.xrevrange(self._namespace + stream, min=_id(since), count=limit)
        return list(_records(cast("_Rows", rows)))

    async def clear(self, stream: str, before: float | None = None) -> int:
        with answering():
            if before is None:
                return int(await self._client.xtrim(self._namespace + stream, maxlen=0, approximate=False))
            return int(await self._client.xtrim(self._namespace + stream, minid=_id(before), approximate=False))


def _id(moment: float) -> str:
    return f"{round(moment * 1000)}-0"


def _records(rows: _Rows) -> Iterator[dict[str, Any]]:
    """Entries that are no record of ours are passed over."""
    for key, fields in rows:
        try:
            record = orjson.loads(fields.get(_FIELD, b""))
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record | {"at": int(key.split(b"-")[0]) / 1000}
