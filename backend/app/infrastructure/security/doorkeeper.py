"""Who comes in: from the headers of a request to a caller, or a refusal."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import parse_qsl

from app.core.caller import Caller
from app.core.errors import AppError, BadRequest, NotAuthenticated, UnknownKey
from app.core.events import AccessRefused, Hook

from .limits import Allowance, Limit
from .peers import network

FAILURES_PER_MINUTE = 10
LONGEST_KEY = 512
REGULARS = 10_000
KEY_PARAMETERS = frozenset(
    {"key", "api_key", "apikey", "api-key", "x-api-key", "access_token", "token", "authorization"}
)


class Keys(Protocol):
    def caller(self, key: str) -> Caller:
        """NotAuthenticated for a key that is nobody's."""
        ...


class Doorkeeper:
    """Finds the caller of a request and counts what callers spend.

    Wrong keys are limited by peer address, or by its /64, so that keys cannot be guessed: a peer over the limit is
    refused whatever key it tries, except callers that have come in from there before and would suffer for a neighbour.
    """

    def __init__(self, keys: Keys, requests: Limit, failures: Limit, hook: Hook) -> None:
        self._keys, self._requests, self._failures, self._hook = keys, requests, failures, hook
        self._regulars: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def identify(
        self, headers: Iterable[tuple[bytes, bytes]], peer: str, route: str, query: bytes = b""
    ) -> Caller:
        """The caller that the headers prove; NotAuthenticated, BadRequest or RateLimited otherwise."""
        try:
            if query:
                refuse_key_in(query)
            caller = self._keys.caller(presented_key(headers))
        except UnknownKey as error:
            self._hook(AccessRefused(error.code(), peer, route))
            await self._failures.spend(network(peer))
            raise
        except AppError as error:
            self._hook(AccessRefused(error.code(), peer, route))
            raise
        regular = (network(peer), caller.id)
        if regular not in self._regulars:
            await self._failures.refuse_if_spent(regular[0])
            self._regulars[regular] = None
            if len(self._regulars) > REGULARS:
                self._regulars.popitem(last=False)
        return caller

    async def allowance(self, caller: Caller) -> Allowance | None:
        """What is left for a caller, without counting."""
        return await self._requests.spend(caller.id, 0)

    async def count(self, caller: Caller, cost: int = 1) -> Allowance | None:
        return await self._requests.spend(caller.id, cost)


def presented_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The one key among raw ASGI headers, from `Authorization: Bearer` or `X-API-Key`."""
    given = [(name, value) for name, value in headers if name in (b"authorization", b"x-api-key")]
    if len(given) > 1:
        _refuse_two(given)
    key = _key(*given[0]) if given else b""
    if not key:
        raise NotAuthenticated
    if len(key) > LONGEST_KEY:
        raise BadRequest("The API key is too long to be one.")
    return key.decode("latin-1")


def _refuse_two(given: list[tuple[bytes, bytes]]) -> None:
    """One key may stand in both headers; raise NotAuthenticated for a header that comes twice, and for two keys."""
    if len({name for name, _ in given}) < len(given):
        raise NotAuthenticated("A header with a key was sent twice; send one key, in one header.")
    if len({_key(*header) for header in given}) > 1:
        raise NotAuthenticated("Two different keys were sent; send one, in one header.")


def _key(name: bytes, value: bytes) -> bytes:
    if name == b"x-api-key":
        return value.strip()
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"bearer":
        raise NotAuthenticated("The Authorization header must be `Bearer KEY`.")
    return token.strip()


def refuse_key_in(query: bytes) -> None:
    """Raise BadRequest for a key in the URL, which proxies write into their logs."""
    if any(name.strip().lower() in KEY_PARAMETERS for name, _ in parse_qsl(query.decode("latin-1"), True)):
        raise BadRequest(
            "Send the API key in a header: URLs end up in logs. A key that was sent so should be replaced."
        )
