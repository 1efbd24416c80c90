"""Records that operators look back on: what happened when, newest first, a bounded number of each kind."""

import bisect
import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Protocol, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from app.core.clock import Clock

T = TypeVar("T")

logger = logging.getLogger("gatehouse.fleet")

MAX_RECORDS = 10_000
MAX_BYTES = 65_536


class History(Protocol):
    """Streams of JSON records; each comes back with `at`, seconds since the epoch to the millisecond."""

    async def append(self, stream: str, record: Mapping[str, Any]) -> None:
        """Never fails: a record that cannot be kept is logged as lost. The oldest make room for it."""
        ...

    async def read(self, stream: str, since: float = 0.0, limit: int = 1000) -> list[dict[str, Any]]:
        """Records at `since` or later, newest first. Raises FleetUnavailable when Redis is lost."""
        ...

    async def clear(self, stream: str, before: float | None = None) -> int:
        """Remove all records, or those older than `before`; returns how many. Raises FleetUnavailable."""
        ...


def readable(kind: type[T], records: Iterable[Mapping[str, Any]]) -> Iterator[T]:
    """Each record as a `kind`; those that are none are passed over, whoever wrote them."""
    adapter: TypeAdapter[T] = _adapter(cast(Hashable, kind))
    for record in records:
        try:
            yield adapter.validate_python(record)
        except ValidationError:
            continue


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))


def encoded(stream: str, record: Mapping[str, Any]) -> bytes | None:
    """None, with a line in the log, for a record that is no JSON or too large."""
    try:
        raw = orjson.dumps(dict(record))
    except TypeError as error:
        logger.warning("a record of %s is lost: %s", stream, error)
        return None
    if len(raw) > MAX_BYTES:
        logger.warning("a record of %s is lost: it has %d bytes", stream, len(raw))
        return None
    return raw


class MemoryHistory:
    """The history of this process, gone with it."""

    def __init__(self, clock: Clock, max_records: int = MAX_RECORDS) -> None:
        self._clock, self._max = clock, max_records
        self._streams: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)

    async def append(self, stream: str, record: Mapping[str, Any]) -> None:
        raw = encoded(stream, record)
        if raw is not None:
            records = self._streams[stream]
            latest = records[-1][0] if records else 0
            records.append((max(latest, round(self._clock.now() * 1000)), raw))
            del records[: -self._max]

    async def read(self, stream: str, since: float = 0.0, limit: int = 1000) -> list[dict[str, Any]]:
        records = self._streams.get(stream, [])
        found = records[self._index(stream, since) :][::-1][:limit]
        return [orjson.loads(raw) | {"at": at / 1000} for at, raw in found]

    async def clear(self, stream: str, before: float | None = None) -> int:
        records = self._streams.get(stream, [])
        count = len(records) if before is None else self._index(stream, before)
        del records[:count]
        return count

    def _index(self, stream: str, moment: float) -> int:
        """Of the first record at `moment` or later."""
        return bisect.bisect_left(self._streams.get(stream, []), round(moment * 1000), key=lambda record: record[0])
