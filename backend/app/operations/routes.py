"""The routes of a domain of operations."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import Response

from app.deps import EventStream, JsonRoute, Open, TextUser, Visitor, event

from . import batch
from .catalogue import Catalogue
from .replies import failure, headers, pieces, run
from .schemas import BatchRequest, DomainHealth, OperationHealth, Operations, TextRequest
from .shapes import Shapes

EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
BatchId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", max_length=64)]


def router_of(catalogue: Catalogue, shapes: Shapes) -> APIRouter:
    """What every domain of operations offers below `/v1/<name>`."""
    router = APIRouter(prefix=f"/v1/{catalogue.domain}", tags=[catalogue.domain], route_class=JsonRoute)
    _add_requests(router, catalogue, shapes)
    _add_batches(router, catalogue, shapes)
    _add_reports(router, catalogue)
    return router


def _add_requests(router: APIRouter, catalogue: Catalogue, shapes: Shapes) -> None:
    if TYPE_CHECKING:
        AnyRequest: TypeAlias = TextRequest
    else:
        AnyRequest = shapes.request  # noqa: N806 - a type, made at run time

    @router.post("/process", response_model=shapes.reply)
    async def process(body: AnyRequest, visitor: TextUser) -> Response:
        """Run one operation on one text."""
        fields, answer = await run(catalogue, body, visitor)
        return _json(orjson.dumps(fields), headers(answer))

    @router.post("/stream", response_model=None, response_class=Response, responses=EVENTS)
    async def stream(body: AnyRequest, visitor: TextUser) -> EventStream:
        """The same as server-sent events: `start`, `delta`..., `usage`, and at the end `done` or `error`."""
        rest = pieces(catalogue, body, visitor)
        first = await anext(rest)
        return EventStream(_events(body, visitor, first, rest))


def _add_batches(router: APIRouter, catalogue: Catalogue, shapes: Shapes) -> None:
    if TYPE_CHECKING:
        Requests: TypeAlias = BatchRequest
    else:
        Requests = shapes.batch_request  # noqa: N806 - a type, made at run time

    @router.post("/batch_process", response_model=shapes.batch_reply)
    async def batch_process(body: Requests, visitor: TextUser) -> Response:
        """Run many operations at once. One bad item never fails its neighbours, and equal items cost one call."""
        batch.refuse_oversize(body, visitor.resources.settings.max_batch_requests_per_call)
        await visitor.count(len(body.requests) - 1)
        return _json(await batch.Batch(catalogue, body, visitor).run())

    @router.get("/batch_status/{batch_id}", response_model=shapes.batch_reply)
    async def batch_status(batch_id: BatchId, visitor: TextUser) -> Response:
        """How far a batch of yours is."""
        return _json(await batch.state(catalogue, shapes, batch_id, visitor))


def _add_reports(router: APIRouter, catalogue: Catalogue) -> None:
    @router.get("/operations")
    async def operations(resources: Open) -> Operations:
        """What can be asked, with the schema of each form and each result."""
        return Operations.model_validate({"operations": [op.card() for op in catalogue.operations.values()]})

    @router.get("/health")
    async def health(resources: Open) -> DomainHealth:
        """The state of each operation in this process."""
        found = {}
        for op in catalogue.operations.values():
            policy = resources.policies[op.full_name]
            found[op.name] = OperationHealth(breaker=policy.breaker.state, last_success=policy.metrics().last_success)
        healthy = all(one.breaker == "closed" for one in found.values())
        return DomainHealth(status="healthy" if healthy else "degraded", operations=found)


def _json(body: bytes, extra: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/json", headers=extra)


async def _events(
    body: TextRequest, visitor: Visitor, first: Any, rest: AsyncGenerator[Any, None]
) -> AsyncGenerator[bytes, None]:
    number, piece = 1, first
    try:
        yield event("start", number, {"request_id": visitor.request_id, "operation": body.operation})
        while isinstance(piece, str):
            number += 1
            yield event("delta", number, {"text": piece})
            piece = await anext(rest)
        fields, _ = piece
        end = event("usage", number + 1, fields["usage"]) + event("done", number + 2, fields)
    except Exception as error:  # noqa: BLE001 - logged; a stream that merely ends looks like success to every client
        yield event("error", number + 1, {"error": failure(error, visitor)})
        return
    finally:
        await rest.aclose()
    yield end
