"""The route that no single operation gives: a whole inbox, in the order in which to work through it."""

import asyncio
from collections import Counter

from fastapi import APIRouter
from fastapi.responses import Response

from app.deps import JsonRoute, TextUser, Visitor
from app.operations.replies import failure

from .labels import Labels, name_of
from .operations.classify import Classified, ClassifyOptions, classify
from .schemas import Inbox, Queue, Queued, Ticket, Unsorted
from .urgency import LEVELS

router = APIRouter(prefix="/v1/tickets", tags=["tickets"], route_class=JsonRoute)


@router.post("/queue", response_model=Queue)
async def queue(body: Inbox, visitor: TextUser) -> Response:
    """Classify the tickets of an inbox and put the most urgent first. One that fails never fails its neighbours."""
    await visitor.count(len(body.tickets) - 1)
    found = await asyncio.gather(*(_sort(ticket, body.labels, visitor) for ticket in body.tickets))
    sorted_out = [one for one in found if isinstance(one, Queued)]
    labels = Counter(one.label for one in sorted_out)
    reply = Queue(
        queue=sorted(sorted_out, key=lambda one: LEVELS.index(one.urgency)),
        unsorted=[one for one in found if isinstance(one, Unsorted)],
        by_label={name_of(label): labels[name_of(label)] for label in body.labels},
    )
    return Response(reply.model_dump_json(), media_type="application/json")


async def _sort(ticket: Ticket, labels: Labels, visitor: Visitor) -> Queued | Unsorted:
    try:
        question = classify.question(ticket.text, ClassifyOptions(labels=labels), None)
        async with visitor.resources.batch_slots:
            answer = await visitor.ask(question, classify.terms)
        found = Classified.model_validate_json(answer.body)
    except Exception as error:  # noqa: BLE001 - logged; whatever breaks one ticket must not take its neighbours along
        return Unsorted.model_validate({"id": ticket.id, "error": failure(error, visitor)})
    return Queued(id=ticket.id, degraded_reason=answer.degraded, **found.model_dump())
