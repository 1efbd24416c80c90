"""What the invalidations that operators made say about the cache, and what to do about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Annotated

from pydantic import Field

from app.core.schemas import Seconds, Tally

Selector = Annotated[str, Field(max_length=300)]
EVERYTHING = "all"
OFTEN, OFTEN_SECONDS = 5, 86_400.0
"""So many invalidations of one selector in so many seconds are a pattern."""

IDLE, IDLE_SHARE = 3, 0.5
"""So many invalidations that removed nothing, and such a share of those of a selector, are a pattern."""


@dataclass(frozen=True, slots=True)
class Invalidated:
    """One invalidation: `selector` is `kind=value`, `at` in seconds since the epoch; `complete` when all took part."""

    at: Seconds
    selector: Selector
    removed: Tally
    complete: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """`numbers` are what the sentence rests on."""

    selector: str
    finding: str
    advice: str
    numbers: Mapping[str, float]


def by_selector(invalidations: Iterable[Invalidated]) -> dict[str, list[Invalidated]]:
    """The most frequent selector first, and the invalidations of each from the oldest to the newest."""
    groups: defaultdict[str, list[Invalidated]] = defaultdict(list)
    for one in sorted(invalidations, key=lambda one: one.at):
        groups[one.selector].append(one)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def advise(invalidations: Iterable[Invalidated], now: float) -> list[Advice]:
    """Nothing where the numbers say nothing."""
    return [advice for selector, group in by_selector(invalidations).items() for advice in _about(selector, group, now)]


def _about(selector: str, group: list[Invalidated], now: float) -> Iterator[Advice]:
    recent = [one for one in group if one.at > now - OFTEN_SECONDS]
    if len(recent) >= OFTEN:
        removed = sum(one.removed for one in recent)
        gap = median(later.at - earlier.at for earlier, later in pairwise(recent))
        numbers = {"invalidations": len(recent), "within_seconds": OFTEN_SECONDS}
        numbers |= {"removed": removed, "median_gap_seconds": gap}
        yield Advice(selector, "invalidated often", _for_often(selector), numbers)
    idle = sum(one.removed == 0 for one in group)
    if idle >= IDLE and idle >= IDLE_SHARE * len(group):
        numbers = {"invalidations": len(group), "removed_nothing": idle}
        yield Advice(selector, "removes nothing", "See whether the selector is right, or whether to stop.", numbers)


def _for_often(selector: str) -> str:
    if selector == EVERYTHING:
        return "Select what has changed: the answers of all other operations are lost along with it."
    return "Let these answers expire sooner than the gap between two invalidations, or find out why they go wrong."
