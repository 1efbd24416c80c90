"""Where FastAPI meets the resources. Signatures are written in these words, and the signature is the permission."""

from .event_stream import EventStream, event
from .json_route import JsonRoute
from .validation import refusal
from .visitor import ANYBODY, READ, Guard, Open, Operator, Reader, TextUser, Visitor

__all__ = [
    "ANYBODY",
    "READ",
    "EventStream",
    "Guard",
    "JsonRoute",
    "Open",
    "Operator",
    "Reader",
    "TextUser",
    "Visitor",
    "event",
    "refusal",
]
