"""What the log lines of one request have in common."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
