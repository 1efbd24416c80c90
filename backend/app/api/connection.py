"""One connection as the server reads it, with bounds on what may come and on how long it may take."""

import asyncio
import secrets
from typing import Any, NoReturn

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.core.errors import AppError, BadRequest, HeadersTooLarge, RequestTimeout
from app.core.events import ConnectionRefused
from app.resources import Resources

MOST_HEADER_BYTES = 32_768


class BoundedConnection(HttpToolsProtocol):
    """Refuses a head over 32 KB, and a head or a body that takes too long; drops a client that does not read.

    The server has no such bounds: it would collect an endless header in memory and wait for ever for its end. A request
    that comes in one piece, as almost all do, sets no timer.

    Refuses an upgrade and trailers too. The parser takes a message that asks for an upgrade to end with its head, so
    that its body would be read as the next request; the server would add trailers to the headers of the head. And
    refuses a body whose chunks take far more bytes to say than they hold.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._resources: Resources = self.app_state["resources"]
        self._in_body = False
        self._bare_bytes = self._came = 0
        self._fault: AppError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self._resources.settings.header_timeout_seconds)

    def data_received(self, data: bytes) -> None:
        self._came = len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._bare_bytes += self._came
        if self._in_body:
            self._wait(self._resources.settings.body_timeout_seconds)
        elif self._came:
            self._wait(self._resources.settings.header_timeout_seconds)
        if self._bare_bytes > MOST_HEADER_BYTES:
            self._refuse(BadRequest("The chunks say more than they hold.") if self._in_body else HeadersTooLarge())

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._resources.settings.body_timeout_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["peer"] = self._peer()
        self._bare_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            self._stop(BadRequest("Trailers are not read; send headers before the body."))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._forget_timer()
        if self._bare_bytes + self._came > MOST_HEADER_BYTES and self._head_size() > MOST_HEADER_BYTES:
            self._stop(HeadersTooLarge())
        if self.parser.should_upgrade():
            self._stop(BadRequest("No other protocol is offered; use HTTP/1.1 without the Upgrade header."))
        self._in_body = True
        self._bare_bytes = -MOST_HEADER_BYTES  # for the head, which may have come with what follows
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._bare_bytes -= 2 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._forget_timer()
        self._in_body = False
        self._bare_bytes = self._came = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Called for whatever the parser or a callback of it refuses."""
        self._refuse(self._fault or BadRequest())

    def _stop(self, fault: AppError) -> NoReturn:
        """End the parsing; the parser hides what its callbacks raise."""
        self._fault = fault
        raise fault

    def _peer(self) -> str:
        return self.client[0] if self.client else "unknown"

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _wait(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._late)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self._in_body and self.flow.read_paused:
            self._wait(self._resources.settings.body_timeout_seconds)  # it is the app that does not read
        elif not self.transport.is_closing():
            self._refuse(RequestTimeout())

    def _refuse(self, error: AppError) -> None:
        """Answer in the usual envelope, unless this request or one before it has an answer on its way, and close."""
        self._resources.events(ConnectionRefused(error.code(), self._peer()))
        answered = self.cycle is not None and self.cycle.response_started
        answering = answered and (self._in_body or not self.cycle.response_complete)
        if (self._came or self._in_body) and not answering and not self.pipeline:
            self.transport.write(_answer(error))
        self.transport.close()


def _answer(error: AppError) -> bytes:
    request_id = secrets.token_hex(16)
    body = orjson.dumps({"error": error.body(request_id)})
    head = (
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nx-request-id: {request_id}\r\n"
        "x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n"
        "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\nconnection: close\r\n\r\n"
    )
    return STATUS_LINE[error.status] + head.encode() + body
