"""What the log lines of one request have in common, and what goes out with the calls made for it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
"""W3C trace context: `00-<trace>-<span>-<flags>`."""


def trace_id() -> str:
    """32 hex digits, or `-` outside of requests."""
    return traceparent.get()[3:35] or "-"
