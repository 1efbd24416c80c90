"""What infrastructure reports while it works. Reporters do not know who listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

E = TypeVar("E")

Hook = Callable[[object], None]
"""Called with one of the events below; must be quick and must not raise."""

BreakerState = Literal["closed", "open", "half_open"]


class Events:
    """A Hook that hands each event to those who asked for its kind."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Any], None]]] = {}

    def on(self, kind: type[E], listener: Callable[[E], None]) -> None:
        self._listeners.setdefault(kind, []).append(listener)

    def __call__(self, event: object) -> None:
        for listener in self._listeners.get(type(event), ()):
            listener(event)


def ignore(_: object) -> None:
    """The hook for those who do not listen."""


@dataclass(frozen=True, slots=True)
class CacheLookup:
    tier: Literal["l1", "l2"]
    result: Literal["hit", "miss", "stale", "error"]


@dataclass(frozen=True, slots=True)
class CacheDropped:
    """Entries removed by an operator, per tier."""

    tier: Literal["l1", "l2"]
    count: int


@dataclass(frozen=True, slots=True)
class FlightFollowed:
    """A question joined an equal one already in flight."""

    scope: Literal["process", "fleet"]


@dataclass(frozen=True, slots=True)
class BreakerChanged:
    name: str
    old: BreakerState
    new: BreakerState
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """One try of a call failed; `retry_in` is None when it was the last."""

    policy: str
    attempt: int
    code: str
    retry_in: float | None


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A call left its policy, after all its attempts."""

    policy: str
    outcome: Literal["success", "failure", "rejected", "cancelled"]
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ModelCallBegan:
    """Followed in the same context by the `ModelCalled` of this call."""

    operation: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """One request reached a model, or tried to. `cost_usd` is None when the price is unknown."""

    operation: str
    provider: str
    model: str
    outcome: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    first_token: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A caller got an answer, whoever else got the same one."""

    operation: str
    source: Literal["model", "cache", "stale", "offline"]


@dataclass(frozen=True, slots=True)
class Degraded:
    """An old or offline answer stood in for the model's: follows the `Answered` of that answer."""

    operation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Screened:
    """Input screening found something."""

    operation: str
    verdict: Literal["flagged", "blocked"]
    rule: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """Inspection of an answer found harm of a kind: the answer went on without it, or not at all."""

    operation: str
    verdict: Literal["mended", "refused"]
    kind: str


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """An authentication, a scope or a limit refused a request."""

    code: str
    peer: str
    route: str


@dataclass(frozen=True, slots=True)
class KeysRead:
    """The keys file has changed: so many keys are in force now, the former ones where it cannot be followed."""

    keys: int
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """A connection was closed because of what came over it, or because it did not come."""

    code: str
    peer: str


@dataclass(frozen=True, slots=True)
class LoopLagged:
    """The event loop came so many seconds late to its measurement."""

    seconds: float


@dataclass(frozen=True, slots=True)
class FleetChanged:
    """So many instances answer as one now; without `connected`, Redis is lost and this one is alone."""

    instances: int
    connected: bool


@dataclass(frozen=True, slots=True)
class FleetMessageIgnored:
    """Something in the fleet's place in Redis was not written by this release."""

    kind: Literal["message", "member", "desired"]
    reason: str
