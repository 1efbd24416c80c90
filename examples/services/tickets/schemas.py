"""The shapes of the queue."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.schemas import Closed, ErrorBody, Name
from app.operations.schemas import Material

from .labels import LONGEST, Labels
from .urgency import Urgency

MOST_TICKETS = 50

Id = Annotated[str, Field(min_length=1, max_length=64)]


class Ticket(Closed):
    id: Id
    text: Annotated[Material, Field(description="10 to 10,000 characters, not counting surrounding white space")]


class Inbox(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "labels": ["Billing: invoice, charge, refund", "Account: login, password", "Other"],
                    "tickets": [
                        {"id": "t-1", "text": "I was wondering whether you plan a dark theme."},
                        {"id": "t-2", "text": "We were charged twice for the March invoice."},
                    ],
                }
            ]
        }
    )

    labels: Labels
    tickets: Annotated[list[Ticket], Field(min_length=1, max_length=MOST_TICKETS)]


class Queued(BaseModel):
    id: Id
    label: Annotated[str, Field(max_length=LONGEST)]
    urgency: Urgency
    confidence: float = Field(ge=0, le=1)
    reason: Annotated[str, Field(max_length=2000)]
    degraded_reason: Name | None = Field(description="The error code behind an old or offline answer")


class Unsorted(BaseModel):
    id: Id
    error: ErrorBody


class Queue(BaseModel):
    """`queue` has the most urgent first, and keeps the order of the inbox among equals."""

    queue: Annotated[list[Queued], Field(max_length=MOST_TICKETS)]
    unsorted: Annotated[list[Unsorted], Field(max_length=MOST_TICKETS)]
    by_label: Annotated[
        dict[Name, Annotated[int, Field(ge=0, le=MOST_TICKETS)]],
        Field(max_length=20, description="How many tickets of each label"),
    ]
