"""Traces for an OpenTelemetry collector, made from what the other rooms report. Imported only when tracing is on."""

import asyncio
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from functools import partial
from threading import Thread

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span, set_span_in_context, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.core.context import traceparent
from app.core.events import (
    AttemptFailed,
    CacheLookup,
    Degraded,
    Events,
    FlightFollowed,
    ModelCallBegan,
    ModelCalled,
    Screened,
)

from .span_delivery import SpanDelivery

FLUSH_SECONDS = 5.0
CONVENTIONS = {"gemini": ("gcp.gemini", "generate_content")}
"""What the GenAI conventions call a provider and its operation, where not by our name and `chat`."""
NOTED = {
    AttemptFailed: "gatehouse.attempt_failed",
    CacheLookup: "gatehouse.cache_lookup",
    Degraded: "gatehouse.degraded",
    FlightFollowed: "gatehouse.flight_followed",
    Screened: "gatehouse.screened",
}
"""Events of the service that become events of the request's span."""

_W3C = TraceContextTextMapPropagator()
_call: ContextVar[Span | None] = ContextVar("call", default=None)


class Tracing:
    """A span for each request and each call of a model, with names, numbers and codes: never a text or a key.

    `endpoint` is the collector's base address, `about` the resource attributes of this process. Sampling, headers,
    certificates, batches and further resource attributes follow the SDK's own `OTEL_*` variables.
    """

    def __init__(self, endpoint: str, about: Mapping[str, str], events: Events) -> None:
        here = Resource.create({"host.name": socket.gethostname(), "process.pid": os.getpid(), **about})
        resource = here.merge(OTELResourceDetector().detect())  # what operators set in the environment wins
        self._delivery = SpanDelivery(f"{endpoint.rstrip('/')}/v1/traces")
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._delivery))
        self.tracer = self._provider.get_tracer("gatehouse")
        # It would say every 20 seconds that its queue is full, which the delivery has said before in other words.
        logging.getLogger("opentelemetry.sdk").setLevel(logging.ERROR)
        for kind, name in NOTED.items():
            events.on(kind, partial(_note, name))
        events.on(ModelCallBegan, self._call_began)
        events.on(ModelCalled, self._call_ended)

    @contextmanager
    def request(self, name: str, attributes: Mapping[str, str], given: Mapping[str, str]) -> Iterator[Span]:
        """The server span of the block; `given` are the request's `traceparent` and `tracestate`, if it has them."""
        span = self.tracer.start_span(name, _W3C.extract(given), SpanKind.SERVER, dict(attributes))
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            yield span

    @staticmethod
    def asked(operation: str) -> None:
        """Name the operation on the request's span."""
        get_current_span().set_attribute("gatehouse.operation", operation)

    @staticmethod
    def header(span: Span) -> str:
        """The `traceparent` of what is done for this span."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, set_span_in_context(span))
        return carrier.get("traceparent", "")

    @staticmethod
    def fail(span: Span, error: str) -> None:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)

    async def aclose(self) -> None:
        """Send what is left; what the collector has not taken within `FLUSH_SECONDS` is lost."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, FLUSH_SECONDS)
        self._delivery.shutdown()

    def _call_began(self, event: ModelCallBegan) -> None:
        provider, operation = CONVENTIONS.get(event.provider, (event.provider, "chat"))
        model = event.model.removeprefix(f"{event.provider}:")
        attributes = {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gatehouse.operation": event.operation,
        }
        span = self.tracer.start_span(f"{operation} {model}", kind=SpanKind.CLIENT, attributes=attributes)
        _call.set(span)
        traceparent.set(self.header(span))

    def _call_ended(self, event: ModelCalled) -> None:
        span = _call.get()
        if span is None:
            return
        _call.set(None)
        if event.outcome == "success":
            span.set_attribute("gen_ai.usage.input_tokens", event.input_tokens)
            span.set_attribute("gen_ai.usage.output_tokens", event.output_tokens)
        else:
            self.fail(span, event.outcome)
        if event.first_token is not None:
            span.set_attribute("gen_ai.response.time_to_first_chunk", event.first_token)
        if event.cost_usd is not None:
            span.set_attribute("gatehouse.cost_usd", event.cost_usd)
        span.end()


def _note(name: str, event: AttemptFailed | CacheLookup | Degraded | FlightFollowed | Screened) -> None:
    span = get_current_span()
    if not span.is_recording():
        return
    span.add_event(name, {key: value for key, value in asdict(event).items() if value is not None})
    if isinstance(event, CacheLookup):
        span.set_attribute("gatehouse.cache", event.result)
