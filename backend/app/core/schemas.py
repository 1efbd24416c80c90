"""Shapes that every route shares."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=10_000)]
Reason = Annotated[str, Field(min_length=3, max_length=500)]
Name = Annotated[str, Field(max_length=200)]
Sentences = Annotated[tuple[Text, ...], Field(max_length=1000)]
Names = Annotated[tuple[Name, ...], Field(max_length=10_000)]
Count = Annotated[int, Field(ge=0, le=2**63)]
Tally = Annotated[int, Field(ge=0, le=10**9)]
"""What one record counts: the sum of all that are kept is a Count, and of a thousand a Number."""

Number = Annotated[float, Field(ge=0, le=1e12)]
Seconds = Number
Share = Annotated[float, Field(ge=0, le=1)]


class Closed(BaseModel):
    """A request shape: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorBody(BaseModel):
    code: Name
    message: Text
    type: Name
    param: Name | None
    request_id: Name
    retryable: bool
    details: Annotated[list[dict[str, Any]], Field(max_length=100)] | None = None


class ErrorEnvelope(BaseModel):
    """What every failed request gets."""

    error: ErrorBody
