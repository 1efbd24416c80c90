"""One connection as the server reads it, with bounds on what may come and on how long it may take."""

import asyncio
import secrets
from typing import Any

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
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._resources: Resources = self.app_state["resources"]
        self._in_body = False
        self._head_bytes = self._came = 0
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
        if self._in_body:
            self._wait(self._resources.settings.body_timeout_seconds)
        elif self._came:
            self._head_bytes += self._came
            self._wait(self._resources.settings.header_timeout_seconds)
            if self._head_bytes > MOST_HEADER_BYTES:
                self._refuse(HeadersTooLarge())

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
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._forget_timer()
        if self._head_bytes + self._came > MOST_HEADER_BYTES and self._head_size() > MOST_HEADER_BYTES:
            self._fault = HeadersTooLarge()
            raise self._fault
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._forget_timer()
        self._in_body = False
        self._head_bytes = self._came = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Called for whatever the parser or a callback of it refuses."""
        self._refuse(self._fault or BadRequest())

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
        """Answer in the usual envelope, unless an answer is on its way, and close."""
        self._resources.events(ConnectionRefused(error.code(), self.client[0] if self.client else "unknown"))
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if self._came and not answering:
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
