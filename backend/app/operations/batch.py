"""Many requests in one call: a bounded number at once, each failing alone, its state kept for its owner."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from app.core.errors import NotFound, ValidationFailed
from app.deps import Visitor, refusal
from app.infrastructure.cache import Entry

from .catalogue import Catalogue
from .replies import failure, run
from .schemas import BatchRequest, TextRequest
from .shapes import Invalid, Shapes

KEPT_SECONDS = 86_400


class Batch:
    """One batch on its way. The state is stored at the start, after each item, and at the end with the results."""

    def __init__(self, catalogue: Catalogue, request: BatchRequest, visitor: Visitor) -> None:
        self._catalogue = catalogue
        self._requests, self._visitor = request.requests, visitor
        self._id = request.batch_id or secrets.token_hex(12)
        self._items: list[dict[str, Any] | None] = [None] * len(request.requests)
        self._started = time.perf_counter()

    async def run(self) -> bytes:
        """The encoded reply, once every item is through."""
        await self._store("running")
        try:
            async with asyncio.TaskGroup() as group:
                for index, request in enumerate(self._requests):
                    group.create_task(self._settle(index, request))
        except asyncio.CancelledError:
            await self._store("cancelled")
            raise
        return await self._store("completed")

    async def _settle(self, index: int, request: TextRequest | Invalid) -> None:
        try:
            if isinstance(request, Invalid):
                raise refusal(request.errors, tagged=len(self._catalogue.operations) > 1)
            async with self._visitor.resources.batch_slots:
                fields, _ = await run(self._catalogue, request, self._visitor)
            item = {"request_index": index, "status": "completed", "response": fields, "error": None}
        except Exception as error:  # noqa: BLE001 - logged; whatever breaks one item must not take its neighbours along
            body = failure(error, self._visitor)
            item = {"request_index": index, "status": "failed", "response": None, "error": body}
        self._items[index] = item
        if not all(self._items):
            await self._store("running")

    async def _store(self, status: str) -> bytes:
        state = orjson.dumps(self._state(status))
        until = self._visitor.resources.clock.now() + KEPT_SECONDS
        await self._visitor.resources.cache.put(
            _key(self._catalogue, self._visitor, self._id), Entry(state, until, until)
        )
        return state

    def _state(self, status: str) -> dict[str, Any]:
        finished = [item for item in self._items if item]
        failed = sum(item["status"] == "failed" for item in finished)
        return {
            "batch_id": self._id,
            "status": status,
            "total_requests": len(self._items),
            "completed": len(finished) - failed,
            "failed": failed,
            "results": finished if status != "running" else [],
            "total_processing_time": round(time.perf_counter() - self._started, 6),
            "timestamp": datetime.now(UTC),
        }


async def state(catalogue: Catalogue, shapes: Shapes, batch_id: str, visitor: Visitor) -> bytes:
    """The stored state of a batch of this caller in this domain; NotFound for any other, and for what is no state."""
    entry = await visitor.resources.cache.get_shared(_key(catalogue, visitor, batch_id))
    if entry is None or not _is_state(entry.body, shapes):
        raise NotFound("You have no batch of that id; finished ones are kept for a day.")
    return entry.body


def _is_state(body: bytes, shapes: Shapes) -> bool:
    try:
        shapes.batch_reply.model_validate_json(body)
    except ValidationError:
        return False
    return True


def refuse_oversize(request: BatchRequest, most: int) -> None:
    if len(request.requests) > most:
        raise ValidationFailed(f"requests: at most {most} in one batch", param="requests")


def _key(catalogue: Catalogue, visitor: Visitor, batch_id: str) -> str:
    return f"batch:{visitor.caller.id}:{catalogue.domain}:{batch_id}"
