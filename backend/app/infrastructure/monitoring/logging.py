"""Logs: one JSON record a line for machines, short lines for a person at a terminal; no texts, answers or keys."""

import logging
import sys
import time
from datetime import UTC, datetime
from typing import TextIO

import orjson
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter

from app.core.context import request_id, trace_id


class _WithContext(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.trace_id = request_id.get(), trace_id()
        return True


class _Readable(logging.Formatter):
    """No message can forge a line or steer the terminal; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return super().formatMessage(record).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line.replace("\r", "\\r").replace("\x1b", "\\x1b")


def configure(level: str, *, stream: TextIO | None = None, readable: bool | None = None) -> None:
    """Send every logger of this process to `stream` (standard error), as JSON unless it is a terminal."""
    stream = stream or sys.stderr
    readable = stream.isatty() if readable is None else readable
    handler = logging.StreamHandler(stream)
    handler.addFilter(_WithContext())
    handler.setFormatter(
        _Readable("%(asctime)s %(levelname)-7s %(message)s  [%(name)s %(request_id)s]", "%H:%M:%S")
        if readable
        else OrjsonFormatter(
            "{levelname}{name}{message}{request_id}{trace_id}",
            style="{",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "openai",
        "anthropic",
        "google_genai",
        "urllib3",
        "asyncio",
    ):
        logging.getLogger(noisy).setLevel("WARNING")


class AccessLog:
    """One line per request, written without the logging machinery: it costs a tenth of a formatted record."""

    def __init__(self, stream: TextIO | None = None, *, readable: bool | None = None) -> None:
        self._stream = stream or sys.stderr
        self._readable = self._stream.isatty() if readable is None else readable

    def __call__(
        self, *, method: str, path: str, status: int, seconds: float, request_id: str, trace_id: str, caller: str
    ) -> None:
        if self._readable:
            shown = path.encode("unicode_escape").decode("ascii")
            self._stream.write(
                f"{time.strftime('%H:%M:%S')} {status} {method} {shown} {seconds * 1e3:.1f} ms  [{request_id}]\n"
            )
            return
        record = {
            "timestamp": datetime.now(UTC),
            "level": "INFO",
            "logger": "access",
            "message": "request",
            "request_id": request_id,
            "trace_id": trace_id,
            "method": method,
            "path": path,
            "status": status,
            "duration_ms": round(seconds * 1e3, 3),
            "caller": caller,
        }
        self._stream.write(orjson.dumps(record).decode() + "\n")
