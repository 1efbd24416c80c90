"""Who comes in: from the headers of a request to a caller, or a refusal."""

from collections import OrderedDict
from collections.abc import Iterable

from app.core.caller import Caller
from app.core.clock import Clock
from app.core.errors import AppError, BadRequest, NotAuthenticated, UnknownKey
from app.core.events import AccessRefused, Hook

from .keys import Keyring
from .limits import Allowance, RateLimit

FAILURES_PER_MINUTE = 10
LONGEST_KEY = 512
REGULARS = 10_000


class Doorkeeper:
    """Finds the caller of a request and counts what callers spend.

    Wrong keys are limited by peer address, so that keys cannot be guessed: a peer over the limit is refused whatever
    key it tries, except callers that have come in from there before and would suffer for a neighbour.
    """

    def __init__(self, keyring: Keyring, requests: RateLimit, clock: Clock, hook: Hook) -> None:
        self._keyring, self._requests, self._hook = keyring, requests, hook
        self._failures = RateLimit(FAILURES_PER_MINUTE, 60, clock)
        self._regulars: OrderedDict[tuple[str, str], None] = OrderedDict()

    def identify(self, headers: Iterable[tuple[bytes, bytes]], peer: str, route: str) -> Caller:
        """The caller that the headers prove; NotAuthenticated, BadRequest or RateLimited otherwise."""
        try:
            caller = self._keyring.caller(presented_key(headers))
        except UnknownKey as error:
            self._hook(AccessRefused(error.code(), peer, route))
            self._failures.spend(peer)
            raise
        except AppError as error:
            self._hook(AccessRefused(error.code(), peer, route))
            raise
        if (peer, caller.id) not in self._regulars:
            self._failures.refuse_if_spent(peer)
            self._regulars[peer, caller.id] = None
            if len(self._regulars) > REGULARS:
                self._regulars.popitem(last=False)
        return caller

    def allowance(self, caller: Caller) -> Allowance | None:
        """What is left for a caller, without counting."""
        return self._requests.spend(caller.id, 0)

    def count(self, caller: Caller, cost: int = 1) -> Allowance | None:
        return self._requests.spend(caller.id, cost)


def presented_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The one key among raw ASGI headers, from `Authorization: Bearer` or `X-API-Key`."""
    found: set[bytes] = set()
    for name, value in headers:
        if name == b"x-api-key":
            found.add(value.strip())
        elif name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise NotAuthenticated("The Authorization header must be `Bearer KEY`.")
            found.add(token.strip())
    if not found or found == {b""}:
        raise NotAuthenticated
    if len(found) > 1:
        raise NotAuthenticated("Two different keys were sent; send one, in one header.")
    key = found.pop()
    if len(key) > LONGEST_KEY:
        raise BadRequest("The API key is too long to be one.")
    return key.decode("latin-1")
