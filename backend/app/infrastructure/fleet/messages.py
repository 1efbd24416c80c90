"""What processes say to each other and store for each other: versioned JSON of bounded size."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.core.errors import AppError, named
from app.core.schemas import Name
from app.infrastructure.fleet.fleet import Instance

MOST_GENERATIONS = 2**53

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Moment = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
"""Seconds since the epoch, up to about the year 5000, so that every moment is a date."""


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


class _Wish(BaseModel):
    model_config = ConfigDict(strict=True)
    preset: Name
    custom: dict[str, Any] | None
    until: _Moment | None = None


class _Held(BaseModel):
    model_config = ConfigDict(strict=True)
    until: _Moment


class _Shape(BaseModel):
    """What every release relies on in the document; a newer one may add to it."""

    config: _Wish | None = None
    forced: dict[Name, _Held] = {}


def _shaped(document: dict[str, Any]) -> dict[str, Any]:
    _Shape.model_validate(document)
    return document


class Desired(_Message):
    """The document that every process obeys; each change counts `generation` up by one. Each heartbeat carries it."""

    max_bytes = 65_536
    generation: Annotated[int, Field(ge=0, le=MOST_GENERATIONS)] = 0
    document: Annotated[dict[str, Any], AfterValidator(_shaped)] = {}


class Member(_Message):
    """An instance as it is listed: without its heartbeat, so that its bytes stay the same."""

    id: _Id
    host: Name
    pid: Annotated[int, Field(ge=0, le=2**32)]
    started: _Moment
    version: Name

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
