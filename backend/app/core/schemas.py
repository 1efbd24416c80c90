"""Shapes that every route shares."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=10_000)]
Reason = Annotated[str, Field(min_length=3, max_length=500)]
Name = Annotated[str, Field(max_length=200)]


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
