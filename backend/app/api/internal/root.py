"""What is behind this door, and which processes answer."""

import os
import socket
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.schemas import Name
from app.deps import Reader

router = APIRouter(prefix="/internal", tags=["fleet"])


class Rooms(BaseModel):
    name: Name
    version: Name
    rooms: Annotated[list[Name], Field(max_length=100)]


class Instance(BaseModel):
    id: Name
    host: Name
    pid: int = Field(ge=0, le=2**32)
    started: datetime
    version: Name
    last_heartbeat: datetime


class Fleet(BaseModel):
    """`shared`: whether the instances know of each other; without it each process answers for itself."""

    shared: bool
    instances: Annotated[list[Instance], Field(max_length=10_000)]


@router.get("/")
async def index(visitor: Reader) -> Rooms:
    """What is here."""
    rooms = ["/internal/fleet", "/internal/monitoring", "/internal/metrics", "/internal/cache", "/internal/resilience"]
    return Rooms(name="Gatehouse internal", version=visitor.resources.version, rooms=rooms)


@router.get("/fleet")
async def fleet(visitor: Reader) -> Fleet:
    """The processes that this answer speaks for: the one that gives it."""
    started = datetime.fromtimestamp(visitor.resources.control.fleet.me.started, UTC)
    me = Instance(
        id=visitor.resources.control.fleet.me.id,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=started,
        version=visitor.resources.version,
        last_heartbeat=datetime.now(UTC),
    )
    return Fleet(shared=False, instances=[me])
