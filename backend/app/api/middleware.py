"""The edge: what every request and every answer passes, in one pure ASGI layer."""

import logging
import random
import re
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.context import request_id, traceparent
from app.core.errors import AppError, InternalError, PayloadTooLarge, UnsupportedMediaType
from app.deps.presence import ClientGone
from app.infrastructure.monitoring import AccessLog, Metrics

from .errors import rendered

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
CLOSED_CSP = b"default-src 'none'; frame-ancestors 'none'"
EXPOSED_HEADERS = [
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Cache",
    "X-Cost-USD",
    "X-Degraded",
    "X-Request-ID",
]
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
logger = logging.getLogger(__name__)


class Edge:
    """Gives each request an id and a trace, refuses large and compressed bodies, adds headers, counts and logs.

    `state` of a scope holds `request_id`, `caller` (for the log) and `headers` (more headers for the answer).
    `around` wraps what answers, refusals too: a browser shows its page no refusal that lacks the CORS headers.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, around: Callable[[ASGIApp], ASGIApp] | None = None) -> None:
        self._app, self._max_bytes = app, max_bytes
        self._answering = around(self._answer) if around else self._answer
        self._access = AccessLog() if logging.getLogger("access").isEnabledFor(logging.INFO) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        metrics: Metrics = scope["state"]["resources"].metrics
        exchange = _Exchange(scope, receive, send, self._max_bytes)
        id_token, trace_token = request_id.set(exchange.request_id), traceparent.set(exchange.traceparent)
        try:
            await self._answering(scope, exchange.receive, exchange.send)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            metrics.request(method, route, exchange.status, seconds)
            if self._access:
                self._access(
                    method=method,
                    path=scope["path"],
                    status=exchange.status,
                    seconds=seconds,
                    request_id=exchange.request_id,
                    trace_id=exchange.traceparent[3:35],
                    caller=scope["state"]["caller"],
                )
            request_id.reset(id_token)
            traceparent.reset(trace_token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: _Exchange = scope["state"].pop("exchange")  # it holds the scope, and a circle lives on
        try:
            exchange.refuse_unreadable()
            await self._app(scope, receive, send)
        except AppError as error:
            await exchange.fail(error, send)
        except Exception:
            logger.exception("unhandled error")
            await exchange.fail(InternalError(), send)


class _Exchange:
    """One request and its answer, as they pass the edge."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_bytes: int) -> None:
        self._scope, self._receive, self._send, self._left = scope, receive, send, max_bytes
        self.status = 500
        self._began = self._ended = False
        self._more = True
        self._length = self._coded = b""
        given = trace = b""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value
            elif name == b"content-length":
                self._length = value
            elif name == b"content-encoding":
                self._coded = value
            elif name == b"traceparent":
                trace = value
        made = b"%032x" % random.getrandbits(128)
        self._id = given if _REQUEST_ID.fullmatch(given) else made
        self.request_id = self._id.decode()
        # The last digits of a trace that begins here say that nobody records it.
        self.traceparent = (trace if _TRACEPARENT.fullmatch(trace) else b"00-%b-%b-00" % (made, made[:16])).decode()
        scope["state"] = {
            **scope.get("state", {}),
            "request_id": self.request_id,
            "caller": "-",
            "headers": [],
            "exchange": self,
        }

    def refuse_unreadable(self) -> None:
        if self._length.isdigit() and int(self._length[:20]) > self._left:
            raise PayloadTooLarge
        if self._coded.strip().lower() not in (b"", b"identity"):
            raise UnsupportedMediaType

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._more = message.get("more_body", False)
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise PayloadTooLarge
        elif self._more:
            raise ClientGone
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._began = True
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers(message)]
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        state = self._scope["state"]
        present = {name for name, _ in message.get("headers", ())}
        headers = [(b"x-request-id", self._id), (b"x-content-type-options", b"nosniff"), *state["headers"]]
        headers.append((b"referrer-policy", b"no-referrer"))
        if b"content-security-policy" not in present:
            headers.append((b"content-security-policy", CLOSED_CSP))
        if state["caller"] != "-" and b"cache-control" not in present:
            headers.append((b"cache-control", b"no-store"))
        if self._scope["scheme"] == "https":
            headers.append((b"strict-transport-security", b"max-age=63072000"))
        return headers

    async def fail(self, error: AppError, send: Send) -> None:
        """Answer with the error; break off an answer that has begun, and leave a complete one as it is."""
        if self._ended:
            return
        if self._began:
            raise error
        await rendered(error, Request(self._scope))(self._scope, self.receive, send)
