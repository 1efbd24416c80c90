"""Run one operation and write its reply."""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson

from app.core.errors import AppError, InternalError
from app.deps import Visitor
from app.infrastructure.ai import Answer

from .catalogue import Catalogue
from .schemas import TextRequest

logger = logging.getLogger(__name__)
Headers = dict[str, str]


async def run(catalogue: Catalogue, request: TextRequest, visitor: Visitor) -> tuple[dict[str, Any], Answer]:
    """The fields of the reply, its `result` as encoded JSON, and the answer behind it."""
    started = time.perf_counter()
    op = catalogue.operations[request.operation]
    answer = await visitor.ask(op.question(request.text, request.options, request.question), op.terms)
    return reply(request, visitor, answer, started), answer


async def pieces(
    catalogue: Catalogue, request: TextRequest, visitor: Visitor
) -> AsyncGenerator[str | tuple[dict[str, Any], Answer], None]:
    """Pieces of the answer's text, and at the end what `run` returns."""
    started = time.perf_counter()
    op = catalogue.operations[request.operation]
    asked = op.question(request.text, request.options, request.question)
    async with aclosing(visitor.stream(asked, op.terms)) as answered:
        async for piece in answered:
            yield piece if isinstance(piece, str) else (reply(request, visitor, piece, started), piece)


def reply(request: TextRequest, visitor: Visitor, answer: Answer, started: float) -> dict[str, Any]:
    return {
        "operation": request.operation,
        "success": True,
        "result": orjson.Fragment(answer.body),
        "source": answer.source,
        "degraded": answer.degraded is not None,
        "degraded_reason": answer.degraded,
        "cache_hit": answer.source == "cache",
        "model": answer.model,
        "usage": {
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cost_usd": answer.usage.cost_usd,
        },
        "processing_time": round(time.perf_counter() - started, 6),
        "timestamp": datetime.now(UTC),
        "request_id": visitor.request_id,
        "metadata": request.metadata,
    }


def failure(error: Exception, visitor: Visitor) -> dict[str, Any]:
    """The `error` object for whatever an operation raised; what nobody foresaw is logged and told as InternalError."""
    if not isinstance(error, AppError):
        logger.error("an operation broke", exc_info=error)
        error = InternalError()
    return error.body(visitor.request_id)


def headers(answer: Answer) -> Headers:
    """The essentials of a reply, for clients that look no further."""
    hit = {"cache": "hit", "stale": "stale"}.get(answer.source, "miss")
    found = {"X-Cache": hit}
    if answer.degraded:
        found["X-Degraded"] = answer.degraded
    if answer.usage.cost_usd is not None:
        found["X-Cost-USD"] = f"{answer.usage.cost_usd:.6f}"
    return found
