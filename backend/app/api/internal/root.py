"""What is behind this door, and which processes are one fleet."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.schemas import Name
from app.deps import Reader

from .shapes import Seconds

router = APIRouter(prefix="/internal", tags=["fleet"])
ROOMS = ("fleet", "monitoring", "metrics", "cache", "resilience")


class Rooms(BaseModel):
    name: Name
    version: Name
    rooms: Annotated[list[Name], Field(max_length=100)]


class Instance(BaseModel):
    """`heartbeat_age` is how much longer than the youngest heartbeat of the fleet this one's is ago."""

    id: Name
    host: Name
    pid: int = Field(ge=0, le=2**32)
    started: datetime
    version: Name
    last_heartbeat: datetime
    heartbeat_age: Seconds


class Fleet(BaseModel):
    """`shared`: whether the instances know of each other; without it each process answers for itself.

    Without `connected` Redis is lost, and only the instance that answers is listed.
    """

    shared: bool
    connected: bool
    answered_by: Name
    instances: Annotated[list[Instance], Field(max_length=10_000)]


@router.get("/")
async def index(visitor: Reader) -> Rooms:
    """What is here."""
    rooms = [f"/internal/{room}" for room in ROOMS]
    return Rooms(name="Gatehouse internal", version=visitor.resources.version, rooms=rooms)


@router.get("/fleet")
async def fleet(visitor: Reader) -> Fleet:
    """The instances that are alive, oldest first; one that has died is listed for ten seconds more."""
    asked = visitor.resources.control.fleet
    roster = await asked.instances()
    youngest = max(one.heartbeat for one in roster.instances)
    instances = [
        Instance(
            id=one.id,
            host=one.host,
            pid=one.pid,
            started=datetime.fromtimestamp(one.started, UTC),
            version=one.version,
            last_heartbeat=datetime.fromtimestamp(one.heartbeat, UTC),
            heartbeat_age=youngest - one.heartbeat,
        )
        for one in roster.instances
    ]
    return Fleet(shared=asked.shared, connected=roster.connected, answered_by=asked.me.id, instances=instances)
