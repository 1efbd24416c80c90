"""What processes say to each other and store for each other: versioned JSON of bounded size."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.core.errors import AppError, named
from app.infrastructure.fleet.fleet import Instance

_Id = Annotated[str, Field(min_length=1, max_length=64)]


class Unreadable(Exception):
    """Bytes that no process of this version wrote."""


class _Message(BaseModel):
    """Fields that a newer release adds are ignored; one that changes their meaning counts `v` up."""

    model_config = ConfigDict(frozen=True)
    max_bytes: ClassVar[int] = 1_048_576
    v: Literal[1] = 1


class Call(_Message):
    kind: Literal["call"] = "call"
    id: _Id
    sender: _Id
    topic: str
    args: Any = None


class Reply(_Message):
    """`code` is that of an AppError, and then `message` is what it says."""

    kind: Literal["reply"] = "reply"
    id: _Id
    sender: _Id
    value: Any = None
    code: str | None = None
    message: str = ""

    @property
    def error(self) -> AppError | None:
        return None if self.code is None else named(self.code)(self.message)


class Desired(_Message):
    """The document that every process obeys; each change counts `generation` up by one. Each heartbeat carries it."""

    max_bytes = 65_536
    generation: Annotated[int, Field(ge=0)] = 0
    document: dict[str, Any] = {}


class Member(_Message):
    """An instance as it is listed: without its heartbeat, so that its bytes stay the same."""

    id: _Id
    host: str
    pid: int
    started: float
    version: str

    @classmethod
    def of(cls, me: Instance) -> "Member":
        return cls(id=me.id, host=me.host, pid=me.pid, started=me.started, version=me.version)

    def seen(self, heartbeat: float) -> Instance:
        return Instance(self.id, self.host, self.pid, self.started, self.version, heartbeat)


_HEARD: TypeAdapter[Call | Reply] = TypeAdapter(Annotated[Call | Reply, Field(discriminator="kind")])


def encode(message: _Message) -> bytes:
    """Raises ValueError for what JSON cannot say, and for too much of it."""
    raw = message.model_dump_json().encode()
    if len(raw) > message.max_bytes:
        raise ValueError(f"{type(message).__name__} of {len(raw)} bytes: {message.max_bytes} are allowed")
    return raw


def heard(raw: bytes) -> Call | Reply:
    with _readable():
        return _HEARD.validate_json(raw)


def desired(raw: bytes | None) -> Desired:
    """What is stored; generation 0 where nothing is."""
    with _readable():
        return Desired.model_validate_json(raw) if raw is not None else Desired()


def member(raw: bytes) -> Member:
    with _readable():
        return Member.model_validate_json(raw)


@contextmanager
def _readable() -> Iterator[None]:
    """Raises Unreadable with the kind of mistake, never with the bytes themselves."""
    try:
        yield
    except ValidationError as error:
        raise Unreadable(error.errors(include_input=False, include_url=False)[0]["type"]) from None
