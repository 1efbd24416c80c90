"""What the caches of the fleet hold, and how much they help."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.errors import FleetUnavailable
from app.deps import Reader, Visitor
from app.infrastructure.fleet import Gathered
from app.infrastructure.monitoring.traffic import KEPT_SECONDS, Window, together

from .invalidation import invalidations
from .shapes import Across, Chosen, Count, Seconds, Share, across
from .tiers import Action, Lookups, Tier, TierName, joined, rate, rated, without_server

router = APIRouter(prefix="/internal/cache", tags=["cache"])
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
    operations: dict[Action, OperationTime]


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
    whole = joined(found.instances.values())
    rows = {one: [without_server(tier) for tier in tiers] for one, tiers in found.instances.items()}
    return CacheStatus(**dict(found) | {"instances": rows}, tiers=whole)


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
    whole = joined(found.instances.values())
    window = together(across(visitor, recent, Window).instances.values())
    return CacheMetrics(
        **dict(found) | {"instances": {one: _measured(tiers) for one, tiers in found.instances.items()}},
        tiers=_measured(whole),
        compression=_compression(whole),
        recent=Recent(
            seconds=window.seconds,
            single_flight_followers=round(window.counts.get("followers", 0)),
            hit_rate=rate(window.counts.get("hits", 0), window.counts.get("lookups", 0)),
        ),
        invalidations=invalidations,
    )


def _tiers(visitor: Visitor, said: Gathered) -> Across[list[Tier]]:
    found = across(visitor, said, list[Tier])
    return found.model_copy(
        update={"instances": {one: [rated(tier) for tier in tiers] for one, tiers in found.instances.items()}}
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


def _compression(tiers: Sequence[Tier]) -> Compression:
    written, stored = (sum(getattr(tier, name) for tier in tiers) for name in ("written_bytes", "stored_bytes"))
    return Compression(
        written_bytes=written,
        stored_bytes=stored,
        saved_bytes=written - stored,
        ratio=stored / written if written else None,
    )


async def _invalidations(visitor: Visitor) -> Invalidations | None:
    try:
        past = await invalidations(visitor)
    except FleetUnavailable:
        return None
    return Invalidations(count=len(past), removed=sum(one.removed for one in past))
