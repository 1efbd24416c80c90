"""Who calls a route, and what they may do there."""

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from app.core.caller import Caller, Scope
from app.core.errors import Forbidden, RateLimited
from app.core.events import AccessRefused
from app.core.settings import Settings
from app.core.terms import Terms
from app.infrastructure.ai import Answer, Question
from app.infrastructure.security import Allowance, address
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller who was let in, with what the house offers; `peer` is the address that the request comes from."""

    caller: Caller
    resources: Resources
    request_id: str
    peer: str = "local"

    async def ask(self, question: Question[Any], terms: Terms) -> Answer:
        self._trace(question)
        return await self.resources.gateway.ask(self.caller, question, terms)

    def stream(self, question: Question[Any], terms: Terms) -> AsyncGenerator[str | Answer, None]:
        self._trace(question)
        return self.resources.gateway.stream(self.caller, question, terms)

    async def count(self, cost: int) -> None:
        """Count more than the one request that came in: a batch of N counts N."""
        await self.resources.doorkeeper.count(self.caller, cost)

    def _trace(self, question: Question[Any]) -> None:
        if self.resources.tracing:
            self.resources.tracing.asked(question.name)


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a caller in who holds `scope`; every refusal happens here, before the body is read."""

    scope: Scope

    async def __call__(self, request: Request) -> Visitor:
        state = request.scope["state"]
        resources: Resources = state["resources"]
        peer = _peer(request)
        route = request.scope["path"]
        query: bytes = request.scope["query_string"]
        caller = await resources.doorkeeper.identify(request.scope["headers"], peer, route, query)
        state["caller"] = caller.id
        if self.scope not in caller.scopes:
            resources.events(AccessRefused(Forbidden.code(), peer, route))
            raise Forbidden(f"This key lacks the scope `{self.scope}`.")
        try:
            allowance = await resources.doorkeeper.count(caller)
        except RateLimited as error:
            state["headers"] += _rate_headers(_nothing_left(resources.settings, error))
            raise
        if allowance:
            state["headers"] += _rate_headers(allowance)
        return Visitor(caller, resources, state["request_id"], peer)


def _peer(request: Request) -> str:
    """The address that a trusted proxy names, if it is one, or else the connection's own."""
    own: str = request.scope["state"].get("peer", "unknown")
    return (request.client and address(request.client.host)) or own


def _nothing_left(settings: Settings, error: RateLimited) -> Allowance:
    return Allowance(settings.rate_limit_requests, settings.rate_limit_window_seconds, 0, error.retry_after or 0.0)


def _rate_headers(allowance: Allowance) -> list[tuple[bytes, bytes]]:
    policy = f'"default";q={allowance.limit};w={allowance.window}'
    left = f'"default";r={allowance.remaining};t={math.ceil(allowance.reset)}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


async def _resources(request: Request) -> Resources:
    resources: Resources = request.scope["state"]["resources"]
    return resources


ANYBODY = Depends(_resources)
Open = Annotated[Resources, ANYBODY]
"""The resources, for routes that anybody may call."""

READ = Depends(Guard("internal:read"))
TextUser = Annotated[Visitor, Depends(Guard("text:use"))]
Reader = Annotated[Visitor, READ]
Operator = Annotated[Visitor, Depends(Guard("internal:write"))]
