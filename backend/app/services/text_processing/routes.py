"""The routes of text processing."""

import logging
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import Response

from app.core.errors import AppError, InternalError
from app.deps import EventStream, JsonRoute, Open, TextUser, event

from . import batch
from .catalogue import CATALOGUE
from .operation import DOMAIN
from .schemas import AnyReply, AnyRequest, BatchReply, BatchRequest, DomainHealth, OperationHealth, Operations
from .service import headers, pieces, run

logger = logging.getLogger(__name__)
router = APIRouter(prefix=f"/v1/{DOMAIN}", tags=[DOMAIN], route_class=JsonRoute)


@router.post("/process", response_model=AnyReply)
async def process(body: AnyRequest, visitor: TextUser) -> Response:
    """Run one operation on one text."""
    fields, answer = await run(body, visitor)
    return _json(orjson.dumps(fields), headers(answer))


@router.post(
    "/stream", response_model=None, response_class=Response, responses={200: {"content": {"text/event-stream": {}}}}
)
async def stream(body: AnyRequest, visitor: TextUser) -> EventStream:
    """The same as server-sent events: `start`, `delta`..., `usage`, and at the end `done` or `error`."""
    rest = pieces(body, visitor)
    first = await anext(rest)
    return EventStream(_events(body, visitor, first, rest), [])


@router.post("/batch_process", response_model=BatchReply)
async def batch_process(body: BatchRequest, visitor: TextUser) -> Response:
    """Run many operations at once. One bad item never fails its neighbours, and equal items cost one call."""
    batch.refuse_oversize(body, visitor.resources.settings.max_batch_requests_per_call)
    await visitor.count(len(body.requests) - 1)
    return _json(await batch.Batch(body, visitor).run())


@router.get("/batch_status/{batch_id}", response_model=BatchReply)
async def batch_status(
    batch_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", max_length=64)], visitor: TextUser
) -> Response:
    """How far a batch of yours is."""
    return _json(await batch.state(batch_id, visitor))


@router.get("/operations")
async def operations(resources: Open) -> Operations:
    """What can be asked, with the schema of each form and each result."""
    return Operations.model_validate({"operations": [op.card() for op in CATALOGUE.values()]})


@router.get("/health")
async def health(resources: Open) -> DomainHealth:
    """The state of each operation in this process."""
    found = {}
    for op in CATALOGUE.values():
        policy = resources.policies[op.full_name]
        found[op.name] = OperationHealth(breaker=policy.breaker.state, last_success=policy.metrics().last_success)
    healthy = all(one.breaker == "closed" for one in found.values())
    return DomainHealth(status="healthy" if healthy else "degraded", operations=found)


def _json(body: bytes, extra: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/json", headers=extra)


async def _events(
    body: AnyRequest, visitor: TextUser, first: Any, rest: AsyncGenerator[Any, None]
) -> AsyncGenerator[bytes, None]:
    number = 1
    yield event("start", number, {"request_id": visitor.request_id, "operation": body.operation})
    try:
        piece = first
        while isinstance(piece, str):
            number += 1
            yield event("delta", number, {"text": piece})
            piece = await anext(rest)
    except Exception as error:
        # A stream that merely ends looks like success to every client, so whatever went wrong is said.
        if not isinstance(error, AppError):
            logger.exception("a stream broke")
            error = InternalError()
        yield event("error", number + 1, {"error": error.body(visitor.request_id)})
        return
    finally:
        await rest.aclose()
    fields, _ = piece
    yield event("usage", number + 1, fields["usage"])
    yield event("done", number + 2, fields)
