"""Spans on their way to the collector. A collector that does not take them is reported once, and once when it does."""

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger("gatehouse.tracing")
_theirs = logging.getLogger(OTLPSpanExporter.__module__)


class SpanDelivery(SpanExporter):
    """OTLP over HTTP. Called by the SDK from its own thread, one batch after the other."""

    def __init__(self, address: str) -> None:
        self._exporter = OTLPSpanExporter(address)
        self._failing = self._closed = False
        self._reasons: list[str] = []
        _theirs.addFilter(self._listen)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._reasons.clear()
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            reason = self._reasons[0] if self._reasons else "no reason given"
            logger.warning("the collector takes no spans, they are dropped until it does: %s", reason)
        elif self._failing and not failed:
            logger.warning("the collector takes spans again")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()  # type: ignore[no-untyped-call]
            _theirs.removeFilter(self._listen)

    def _listen(self, record: logging.LogRecord) -> bool:
        """Keep the exporter's words, which would come with every batch, out of the log."""
        self._reasons.append(record.getMessage())
        return False
