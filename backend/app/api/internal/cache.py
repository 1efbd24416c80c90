"""What the caches hold, and how to make them forget."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from app.core.errors import NotFound, ValidationFailed
from app.core.schemas import Closed, Name
from app.deps import JsonRoute, Operator, Reader
from app.infrastructure.ai import ANSWERS
from app.resources import Resources

router = APIRouter(prefix="/internal/cache", tags=["cache"], route_class=JsonRoute)
Count = Annotated[int, Field(ge=0)]
Prefix = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class Tier(BaseModel):
    """Counts are this process's; of Redis, `entries`, `evictions`, `used_memory` and `clients` are the server's.

    `hit_rate` is the share of look-ups answered fresh, null before the first one. Null elsewhere: not known now.
    """

    tier: Literal["l1", "l2"]
    state: Literal["up", "down"]
    since: float = Field(ge=0)
    lookups: dict[Name, Count]
    hit_rate: float | None = Field(ge=0, le=1)
    failed_puts: Count
    written_bytes: Count
    stored_bytes: Count
    entries: Count | None
    bytes: Count | None
    evictions: Count | None
    used_memory: Count | None
    clients: Count | None


class CacheStatus(BaseModel):
    instance: Name
    tiers: Annotated[list[Tier], Field(max_length=2)]


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


class Invalidated(BaseModel):
    """Entries removed per tier (or found, in a dry run); null: that tier could not be reached."""

    dry_run: bool
    removed: dict[Literal["l1", "l2"], Count | None]
    acknowledged: Annotated[list[Name], Field(max_length=10_000)]


@router.get("/status")
async def status(visitor: Reader) -> CacheStatus:
    """Each tier, as this instance sees it."""
    tiers = []
    for one in await visitor.resources.cache.status():
        asked = sum(one.lookups.values())
        rate = one.lookups["hit"] / asked if asked else None
        fields = {name: getattr(one, name) for name in Tier.model_fields if name != "hit_rate"}
        tiers.append(Tier(hit_rate=rate, **fields))
    return CacheStatus(instance=visitor.resources.control.fleet.me.id, tiers=tiers)


@router.post("/invalidate", response_model=Invalidated)
async def invalidate(body: Invalidation, visitor: Operator) -> Response:
    """Forget answers. The next equal question asks the model again."""
    resources = visitor.resources
    total: dict[Literal["l1", "l2"], int | None] = {}
    for prefix in _prefixes(body, resources):
        removed = await (resources.cache.count(prefix) if body.dry_run else resources.cache.drop(prefix))
        for tier, count in removed.items():
            before = total.get(tier, 0)
            total[tier] = None if count is None or before is None else before + count
    done = Invalidated(dry_run=body.dry_run, removed=total, acknowledged=[resources.control.fleet.me.id])
    return Response(done.model_dump_json(), media_type="application/json")


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
