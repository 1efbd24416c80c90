"""What the caches of the fleet hold, and how much they help."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.errors import FleetUnavailable
from app.core.schemas import Name
from app.deps import Reader, Visitor
from app.infrastructure.fleet import Gathered
from app.infrastructure.monitoring.traffic import KEPT_SECONDS, Window, together

from .invalidation import INVALIDATIONS, MOST_RECORDS
from .shapes import Across, Chosen, Count, Seconds, Share, across

router = APIRouter(prefix="/internal/cache", tags=["cache"])
TierName = Literal["l1", "l2"]
Lookups = dict[Literal["hit", "miss", "stale", "error"], Count]


class Timing(BaseModel):
    """Commands that succeeded, and the seconds they took in sum."""

    count: Count
    seconds: Seconds


class Tier(BaseModel):
    """Counts of one process or of all; of Redis, `entries`, `evictions`, `used_memory` and `clients` are the server's.

    `hit_rate` is the share of look-ups answered fresh, null before the first one. Null elsewhere: not known, or told
    once for all.
    """

    tier: TierName
    state: Literal["up", "down"]
    since: Seconds
    lookups: Lookups
    hit_rate: Share | None = None
    failed_puts: Count
    written_bytes: Count
    stored_bytes: Count
    timings: dict[Literal["get", "put"], Timing]
    entries: Count | None
    bytes: Count | None
    evictions: Count | None
    used_memory: Count | None
    clients: Count | None


Tiers = Annotated[list[Tier], Field(max_length=2)]


class CacheStatus(Across[Tiers]):
    """`tiers` are those of all instances together; one is `down` when an instance cannot use it."""

    tiers: Tiers


class OperationTime(BaseModel):
    """What was timed since the processes started; the mean is null before the first."""

    count: Count
    mean_seconds: Seconds | None


class TierMetrics(BaseModel):
    """Memory is too quick to be timed."""

    lookups: Lookups
    hit_rate: Share | None
    operations: dict[Literal["get", "put"], OperationTime]


class Compression(BaseModel):
    """Of what was written to Redis. Small answers are stored as they are, with a head of some bytes.

    `ratio` is stored to written bytes, null before the first.
    """

    written_bytes: Count
    stored_bytes: Count
    saved_bytes: int = Field(ge=-(2**63), le=2**63)
    ratio: float | None = Field(ge=0, le=1000)


class Recent(BaseModel):
    """The last minutes: questions that joined an equal one in flight, and the share answered by either tier."""

    seconds: Seconds
    single_flight_followers: Count
    hit_rate: Share | None


class Invalidations(BaseModel):
    """Those that the history still knows."""

    count: Count
    removed: Count


class CacheMetrics(Across[dict[TierName, TierMetrics]]):
    """Since the processes started, except `recent`; `invalidations` is null while Redis is lost."""

    tiers: dict[TierName, TierMetrics]
    compression: Compression
    recent: Recent
    invalidations: Invalidations | None


@router.get("/status")
async def status(visitor: Reader, instance: Chosen = None) -> CacheStatus:
    """Each tier, of all instances and of each."""
    found = _tiers(visitor, await visitor.resources.control.fleet.ask("cache", instance=instance))
    joined = _joined(found.instances.values())
    rows = {one: [_without_server(tier) for tier in tiers] for one, tiers in found.instances.items()}
    return CacheStatus(**dict(found) | {"instances": rows}, tiers=joined)


@router.get("/metrics")
async def metrics(visitor: Reader, instance: Chosen = None) -> CacheMetrics:
    """How often and how fast the cache answered, and what it saved."""
    control = visitor.resources.control
    said, recent, invalidations = await asyncio.gather(
        control.fleet.ask("cache", instance=instance),
        control.fleet.ask("traffic", KEPT_SECONDS, instance),
        _invalidations(visitor),
    )
    found = _tiers(visitor, said)
    joined = _joined(found.instances.values())
    window = together(across(visitor, recent, Window).instances.values())
    return CacheMetrics(
        **dict(found) | {"instances": {one: _measured(tiers) for one, tiers in found.instances.items()}},
        tiers=_measured(joined),
        compression=_compression(joined),
        recent=Recent(
            seconds=window.seconds,
            single_flight_followers=round(window.counts.get("followers", 0)),
            hit_rate=_rate(window.counts.get("hits", 0), window.counts.get("lookups", 0)),
        ),
        invalidations=invalidations,
    )


def _tiers(visitor: Visitor, said: Gathered) -> Across[list[Tier]]:
    found = across(visitor, said, list[Tier])
    rated = {one: [_rated(tier) for tier in tiers] for one, tiers in found.instances.items()}
    return found.model_copy(update={"instances": rated})


def _rated(tier: Tier) -> Tier:
    return tier.model_copy(update={"hit_rate": _rate(tier.lookups.get("hit", 0), sum(tier.lookups.values()))})


def _rate(hits: float, lookups: float) -> float | None:
    # The state of a batch is looked up in both tiers, which counts twice.
    return min(1.0, hits / lookups) if lookups else None


def _without_server(tier: Tier) -> Tier:
    if tier.tier == "l1":
        return tier
    return tier.model_copy(update=dict.fromkeys(("entries", "bytes", "evictions", "used_memory", "clients")))


def _joined(rows: Iterable[Sequence[Tier]]) -> list[Tier]:
    """The tiers of all instances: counts added up, and Redis' own numbers from one that reached it."""
    tiers = [tier for row in rows for tier in row]
    groups = ([tier for tier in tiers if tier.tier == name] for name in ("l1", "l2"))
    return [_together(group) for group in groups if group]


def _together(group: list[Tier]) -> Tier:
    ups = [tier for tier in group if tier.state == "up"]
    lookups: Counter[Literal["hit", "miss", "stale", "error"]] = Counter()
    for tier in group:
        lookups.update(tier.lookups)
    server = ups[:1] if group[0].tier == "l2" else group

    def total(name: str, among: list[Tier]) -> int | None:
        known = [value for tier in among if (value := getattr(tier, name)) is not None]
        return sum(known) if known else None

    return _rated(
        Tier(
            tier=group[0].tier,
            state="up" if len(ups) == len(group) else "down",
            since=max(tier.since for tier in group),
            lookups=dict(lookups),
            timings={
                action: Timing(
                    count=sum(tier.timings[action].count for tier in group),
                    seconds=sum(tier.timings[action].seconds for tier in group),
                )
                for action in group[0].timings
            },
            **{name: total(name, group) for name in ("failed_puts", "written_bytes", "stored_bytes")},
            **{name: total(name, server) for name in ("entries", "bytes", "evictions", "used_memory", "clients")},
        )
    )


def _measured(tiers: Iterable[Tier]) -> dict[TierName, TierMetrics]:
    return {
        tier.tier: TierMetrics(
            lookups=tier.lookups,
            hit_rate=tier.hit_rate,
            operations={
                action: OperationTime(count=t.count, mean_seconds=t.seconds / t.count if t.count else None)
                for action, t in tier.timings.items()
            },
        )
        for tier in tiers
    }


def _compression(tiers: Iterable[Tier]) -> Compression:
    written, stored = (sum(getattr(tier, name) for tier in tiers) for name in ("written_bytes", "stored_bytes"))
    return Compression(
        written_bytes=written,
        stored_bytes=stored,
        saved_bytes=written - stored,
        ratio=stored / written if written else None,
    )


async def _invalidations(visitor: Visitor) -> Invalidations | None:
    try:
        records = await visitor.resources.control.history.read(INVALIDATIONS, limit=MOST_RECORDS)
    except FleetUnavailable:
        return None
    return Invalidations(count=len(records), removed=sum(record["removed"] for record in records))
