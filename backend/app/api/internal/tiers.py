"""One tier of the cache, as a process sees it and as all of them do."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from .shapes import Count, Seconds, Share

TierName = Literal["l1", "l2"]
Result = Literal["hit", "miss", "stale", "error"]
Lookups = dict[Result, Count]
Action = Literal["get", "put"]
SERVERS_OWN = ("entries", "bytes", "evictions", "used_memory", "clients")
"""What Redis tells of itself, which is the same whoever asks."""


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
    timings: dict[Action, Timing]
    entries: Count | None
    bytes: Count | None
    evictions: Count | None
    used_memory: Count | None
    clients: Count | None


def rated(tier: Tier) -> Tier:
    return tier.model_copy(update={"hit_rate": rate(tier.lookups.get("hit", 0), sum(tier.lookups.values()))})


def rate(hits: float, lookups: float) -> float | None:
    # The state of a batch is looked up in both tiers, which counts twice.
    return min(1.0, hits / lookups) if lookups else None


def without_server(tier: Tier) -> Tier:
    if tier.tier == "l1":
        return tier
    return tier.model_copy(update=dict.fromkeys(SERVERS_OWN))


def joined(rows: Iterable[Sequence[Tier]]) -> list[Tier]:
    """The tiers of all instances: counts added up, and Redis' own numbers from one that reached it."""
    tiers = [tier for row in rows for tier in row]
    groups = ([tier for tier in tiers if tier.tier == name] for name in ("l1", "l2"))
    return [_together(group) for group in groups if group]


def _together(group: list[Tier]) -> Tier:
    usable = [tier for tier in group if tier.state == "up"]
    asked = usable[:1] if group[0].tier == "l2" else group
    lookups: Counter[Result] = Counter()
    for tier in group:
        lookups.update(tier.lookups)
    counts: dict[str, Any] = {name: _sum(name, group) for name in ("failed_puts", "written_bytes", "stored_bytes")}
    return rated(
        Tier(
            tier=group[0].tier,
            state="up" if len(usable) == len(group) else "down",
            since=max(tier.since for tier in group),
            lookups=dict(lookups),
            timings={action: _timing([tier.timings[action] for tier in group]) for action in group[0].timings},
            **counts,
            **{name: _sum(name, asked) for name in SERVERS_OWN},
        )
    )


def _timing(timings: list[Timing]) -> Timing:
    return Timing(count=sum(one.count for one in timings), seconds=sum(one.seconds for one in timings))


def _sum(name: str, tiers: list[Tier]) -> int | None:
    known = [value for tier in tiers if (value := getattr(tier, name)) is not None]
    return sum(known) if known else None
