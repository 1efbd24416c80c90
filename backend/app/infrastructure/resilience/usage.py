"""What operators ask of the records: how much, under which preset, how well, and since when."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import Field

from app.core.schemas import Count, Name, Seconds, Share, Text

from .records import Counts, Record

K = TypeVar("K", str, int)


@dataclass(frozen=True, slots=True)
class Change:
    """A preset put into force `at` (seconds since the epoch), with a `custom` config over it or without."""

    at: Seconds
    preset: Name
    custom: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class Performance:
    """Shares are from 0 to 1, `p*` seconds; None where nothing happened that could tell."""

    calls: Count
    retries: Count
    error_share: Share | None
    degraded_share: Share | None
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None

    @classmethod
    def of(cls, counts: Counts) -> "Performance":
        return cls(
            counts.calls,
            counts.retries,
            counts.error_share,
            counts.degraded_share,
            counts.percentile(50),
            counts.percentile(95),
            counts.percentile(99),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls by preset and by operation; `seconds` that each preset was in force; the changes, oldest first."""

    calls: Count
    by_preset: Mapping[Name, Count]
    by_operation: Mapping[Name, Count]
    seconds: Mapping[Name, Seconds]
    changes: Annotated[tuple[Change, ...], Field(max_length=100_000)]


@dataclass(frozen=True, slots=True)
class Point:
    """What happened in the bucket of time that starts `at` (seconds since the epoch)."""

    at: Seconds
    performance: Performance


def usage_statistics(records: Iterable[Record], changes: Iterable[Change], now: float) -> Usage:
    records, changes = list(records), sorted(changes, key=lambda change: change.at)
    return Usage(
        sum(record.counts.calls for record in records),
        {preset: counts.calls for preset, counts in _sums(records, lambda record: record.preset).items()},
        {operation: counts.calls for operation, counts in _sums(records, lambda record: record.operation).items()},
        _in_force(changes, now),
        tuple(changes),
    )


def preset_trend(records: Iterable[Record], preset: str, since: float, until: float, bucket: float) -> list[Point]:
    """One point per `bucket` seconds from `since`, quiet ones too, of the records that ended before `until`."""

    def number(record: Record) -> int:
        return math.floor((record.at - since) / bucket)

    chosen = (record for record in records if record.preset == preset and since <= record.at < until)
    sums = _sums(chosen, number)
    buckets = range(math.ceil((until - since) / bucket))
    return [Point(since + index * bucket, Performance.of(sums.get(index, Counts()))) for index in buckets]


def performance_metrics(records: Iterable[Record]) -> dict[str, Performance]:
    """By operation."""
    sums = _sums(records, lambda record: record.operation)
    return {operation: Performance.of(counts) for operation, counts in sums.items()}


def total(records: Iterable[Record]) -> Counts:
    return sum((record.counts for record in records), Counts())


def _sums(records: Iterable[Record], key: Callable[[Record], K]) -> dict[K, Counts]:
    found: defaultdict[K, Counts] = defaultdict(Counts)
    for record in records:
        found[key(record)] += record.counts
    return dict(sorted(found.items()))


def _in_force(changes: list[Change], now: float) -> dict[str, float]:
    seconds: defaultdict[str, float] = defaultdict(float)
    for change, end in zip(changes, [*(change.at for change in changes[1:]), now], strict=False):
        seconds[change.preset] += end - change.at
    return dict(seconds)
