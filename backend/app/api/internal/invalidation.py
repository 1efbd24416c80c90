"""Making the caches of the fleet forget, and what was forgotten so far."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from app.core.errors import FleetUnavailable, NotFound, ValidationFailed
from app.core.schemas import Closed, Name, Number, Text
from app.deps import JsonRoute, Operator, Reader, Visitor
from app.infrastructure.ai import ANSWERS
from app.infrastructure.cache.advice import Invalidated as Past
from app.infrastructure.cache.advice import Selector, advise, by_selector
from app.infrastructure.fleet import Change, Gathered, readable
from app.resources import Resources

from .shapes import Changed, Count, Local, Seconds, across, audited, changed

router = APIRouter(prefix="/internal/cache", tags=["cache"], route_class=JsonRoute)
Prefix = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]

INVALIDATIONS = "invalidations"
"""The stream of the history that tells what operators made the caches forget."""

MOST_RECORDS = 1000


class Invalidation(Closed):
    """Exactly one selector. `key_prefix` is the beginning of a key after `answer:`; `all` must be true to mean it."""

    operation: Name | None = None
    domain: Name | None = None
    tag: Name | None = None
    key_prefix: Prefix | None = None
    all: Literal[True] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_selector(self) -> "Invalidation":
        given = [self.operation, self.domain, self.tag, self.key_prefix, self.all]
        if sum(one is not None for one in given) != 1:
            raise ValueError("name exactly one of operation, domain, tag, key_prefix, all")
        return self

    @property
    def selector(self) -> str:
        """`kind=value`, or `all`."""
        [(kind, value)] = self.model_dump(exclude={"dry_run"}, exclude_none=True).items()
        return kind if value is True else f"{kind}={value}"


class Invalidated(Changed):
    """Entries removed (or found, in a dry run, where `applied` are those who counted).

    `removed` is per tier, with null for a Redis that could not be reached or, with `local`, was left alone; `memory` is
    what each instance removed from its own.
    """

    dry_run: bool
    removed: dict[Literal["l1", "l2"], Count | None]
    memory: Annotated[dict[Name, Count], Field(max_length=10_000)]


class SelectorStats(BaseModel):
    selector: Selector
    invalidations: Count
    removed: Count
    first: Seconds
    last: Seconds


class InvalidationStats(BaseModel):
    """`incomplete` are those that some instance did not acknowledge. Times are in seconds since the epoch."""

    invalidations: Count
    removed: Count
    incomplete: Count
    selectors: Annotated[list[SelectorStats], Field(max_length=MOST_RECORDS)]


class Recommendation(BaseModel):
    """`numbers` are what the advice rests on."""

    selector: Selector
    finding: Name
    advice: Text
    numbers: dict[Name, Number]


class Recommendations(BaseModel):
    recommendations: Annotated[list[Recommendation], Field(max_length=2 * MOST_RECORDS)]


@dataclass(frozen=True, slots=True)
class _Forgotten(Change):
    shared: int | None = None


@router.post("/invalidate", response_model=Invalidated, responses={404: {}})
async def invalidate(body: Invalidation, visitor: Operator, local: Local = False) -> Response:
    """Forget answers on every instance. The next equal question asks the model again."""
    prefixes = _prefixes(body, visitor.resources)
    if body.dry_run:
        done = await _count(visitor.resources, prefixes, local)
    else:
        forgetting = _forget(visitor.resources, prefixes, local)
        done = await audited(visitor, "cache.invalidate", {"selector": body.selector}, forgetting)
    answer = _answer(visitor, body, done)
    if not body.dry_run:
        await _write_down(visitor.resources, body, answer)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get("/invalidation-stats")
async def invalidation_stats(visitor: Reader) -> InvalidationStats:
    """The latest invalidations, at most a thousand, by selector."""
    past = await invalidations(visitor)
    selectors = [
        SelectorStats(
            selector=selector,
            invalidations=len(group),
            removed=sum(one.removed for one in group),
            first=group[0].at,
            last=group[-1].at,
        )
        for selector, group in by_selector(past).items()
    ]
    removed, incomplete = sum(one.removed for one in past), sum(not one.complete for one in past)
    return InvalidationStats(invalidations=len(past), removed=removed, incomplete=incomplete, selectors=selectors)


@router.get("/invalidation-recommendations")
async def invalidation_recommendations(visitor: Reader) -> Recommendations:
    """What the latest invalidations suggest to change; nothing where they suggest nothing."""
    found = advise(await invalidations(visitor), visitor.resources.clock.now())
    return Recommendations(recommendations=[Recommendation(**asdict(advice)) for advice in found])


async def _forget(resources: Resources, prefixes: list[str], local: bool) -> _Forgotten:
    """Redis first: what is dropped there can no longer be promoted. With `local` it is left alone."""
    fleet = resources.control.fleet
    shared = None
    if fleet.shared and not local:
        if not (await fleet.instances()).connected:
            raise FleetUnavailable
        shared = _sum([await resources.cache.drop_shared(prefix) for prefix in prefixes])
        if shared is None:
            raise FleetUnavailable
    change = await fleet.tell("cache.drop", prefixes, local=local)
    return _forgotten(change, shared, change.generation, local)


async def _count(resources: Resources, prefixes: list[str], local: bool) -> _Forgotten:
    fleet = resources.control.fleet
    said = await fleet.ask("cache.count", prefixes, fleet.me.id if local else None)
    shared = None if local else _sum([await resources.cache.count_shared(prefix) for prefix in prefixes])
    return _forgotten(said, shared, resources.control.steering.generation, local)


def _forgotten(said: Gathered, shared: int | None, generation: int, local: bool) -> _Forgotten:
    return _Forgotten(said.replies, said.failed, said.unreachable, said.connected, generation, local, shared)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _answer(visitor: Visitor, body: Invalidation, done: _Forgotten) -> Invalidated:
    memory = across(visitor, done, int).instances
    removed: dict[Literal["l1", "l2"], int | None] = {"l1": sum(memory.values())}
    if visitor.resources.control.fleet.shared:
        removed["l2"] = done.shared
    return Invalidated(**dict(changed(visitor, done)), dry_run=body.dry_run, removed=removed, memory=memory)


async def _write_down(resources: Resources, body: Invalidation, done: Invalidated) -> None:
    complete = not (done.unreachable or done.failed or done.local)
    removed = sum(count or 0 for count in done.removed.values())
    await resources.control.history.append(
        INVALIDATIONS, {"selector": body.selector, "removed": removed, "complete": complete}
    )


async def invalidations(visitor: Visitor) -> list[Past]:
    """The latest; raises FleetUnavailable when Redis is lost."""
    return list(readable(Past, await visitor.resources.control.history.read(INVALIDATIONS, limit=MOST_RECORDS)))


def _prefixes(body: Invalidation, resources: Resources) -> list[str]:
    if body.all:
        return [ANSWERS]
    if body.key_prefix is not None:
        return [ANSWERS + body.key_prefix]
    terms = resources.terms
    if body.domain is not None:
        wanted = [name for name in terms if name.partition(".")[0] == body.domain]
    elif body.tag is not None:
        wanted = [name for name, term in terms.items() if body.tag in term.tags]
    else:
        wanted = [name for name in terms if body.operation in (name, name.partition(".")[2])]
    if not wanted:
        raise NotFound("No operation answers to this selector.")
    if body.operation is not None and len(wanted) > 1:
        raise ValidationFailed(f"operation: may be {' or '.join(wanted)}", param="operation")
    return [f"{ANSWERS}{name}:" for name in wanted]
