"""The shapes that answers about many processes share: what each one said, and what became of a change."""

import logging
from collections.abc import Awaitable, Hashable, Mapping
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import Query, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from app.core.errors import AppError
from app.core.schemas import Count as Count
from app.core.schemas import Name, Text
from app.core.schemas import Seconds as Seconds
from app.core.schemas import Share as Share
from app.deps import Visitor
from app.infrastructure.fleet import Change, Gathered

T = TypeVar("T")
C = TypeVar("C", bound=Change)
Ids = Annotated[list[Name], Field(max_length=10_000)]

Chosen = Annotated[str | None, Query(min_length=1, max_length=64, description="Ask this instance alone.")]
"""The type of `instance`, which defaults to None."""

Local = Annotated[bool, Query(description="Change the instance that answers, and only it; works without Redis.")]
"""The type of `local`, which defaults to False."""

AUDIT = "audit"
"""The stream of the history that tells who changed what."""

logger = logging.getLogger("gatehouse.audit")


class Reach(BaseModel):
    """`shared`: the instances know of each other. Without `connected` Redis was lost and others could not be asked.

    `unreachable` gave no answer within a second; `failed` says why an instance could not answer.
    """

    shared: bool
    connected: bool
    unreachable: Ids
    failed: Annotated[dict[Name, Text], Field(max_length=10_000)]


class Across(Reach, Generic[T]):
    """What each instance says, by its id."""

    instances: Annotated[dict[Name, T], Field(max_length=10_000)]


class Changed(Reach):
    """Which instances have `applied` a change; with `local` the one that answers, and no other was told.

    A paused instance is unreachable and obeys when it runs again. `generation` is that of the state all obey.
    """

    applied: Ids
    generation: Count
    local: bool


def as_json(value: Any) -> Response:
    """A model, a dataclass or plain data as the answer of a JsonRoute."""
    return Response(to_json(value), media_type="application/json")


def across(visitor: Visitor, said: Gathered, kind: type[T]) -> Across[T]:
    """Each reply as a `kind`; one that this release cannot read counts as failed."""
    adapter: TypeAdapter[T] = _adapter(cast(Hashable, kind))
    instances: dict[str, T] = {}
    unread: dict[str, str] = {}
    for instance, reply in said.replies.items():
        try:
            instances[instance] = adapter.validate_python(reply)
        except ValidationError:
            unread[instance] = "This instance runs another release, whose answer cannot be read here."
    about = reach(visitor, said)
    return Across(**about | {"failed": about["failed"] | unread}, instances=instances)


def changed(visitor: Visitor, change: Change) -> Changed:
    return Changed(
        **reach(visitor, change), applied=list(change.applied), generation=change.generation, local=change.local
    )


async def audited(visitor: Visitor, action: str, details: Mapping[str, Any], change: Awaitable[C]) -> C:
    """Make the change, and write down who made it and what came of it, also when it is refused."""
    try:
        done = await change
    except AppError as error:
        await audit(visitor, action, details, {"refused": error.code()})
        raise
    result = {
        "applied": len(done.applied),
        "unreachable": list(done.unreachable),
        "failed": {instance: error.code() for instance, error in done.failed.items()},
        "generation": done.generation,
        "local": done.local,
    }
    await audit(visitor, action, details, result)
    return done


async def audit(visitor: Visitor, action: str, details: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Put an operator's action into the audit stream and the audit log; neither holds any part of a key."""
    caller, history = visitor.caller.id, visitor.resources.control.history
    record = {
        "action": action,
        "by": caller,
        "peer": visitor.peer,
        "request_id": visitor.request_id,
        "instance": visitor.resources.control.fleet.me.id,
        "details": dict(details),
        "result": dict(result),
    }
    logger.warning("changed: %s %s by %s from %s: %s", action, details, caller, visitor.peer, result)
    await history.append(AUDIT, record)


def reach(visitor: Visitor, said: Gathered) -> dict[str, Any]:
    """The fields of `Reach`."""
    return {
        "shared": visitor.resources.control.fleet.shared,
        "connected": said.connected,
        "unreachable": list(said.unreachable),
        "failed": {instance: str(error) for instance, error in said.failed.items()},
    }


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))
