"""What requests and replies of all operations have in common."""

from datetime import datetime
from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.schemas import Closed, ErrorBody, Name

from .operation import Options

LEAST, MOST = 10, 10_000
MARGIN = 2_000
"""Characters of surrounding white space that are let through, uncounted and unchanged."""
MOST_REQUESTS = 200


def _bounded(least: int, most: int) -> Any:
    """A string whose length counts without surrounding white space; what was sent is passed on unchanged."""

    def check(text: str) -> str:
        length = len(text.strip())
        if "\x00" in text:
            raise PydanticCustomError("string_nul", "String should not contain NUL characters")
        if length and not any(category(one)[0] in "LNPS" for one in text):
            raise PydanticCustomError("string_invisible", "String should have characters that can be seen")
        if length < least:
            raise PydanticCustomError(
                "string_too_short", "String should have at least {least} characters", {"least": least}
            )
        if length > most:
            raise PydanticCustomError("string_too_long", "String should have at most {n} characters", {"n": most})
        return text

    bounds = Field(json_schema_extra={"minLength": least, "maxLength": most})
    return Annotated[str, StringConstraints(max_length=most + MARGIN), AfterValidator(check), bounds]


Material = _bounded(LEAST, MOST)
AskedQuestion = _bounded(2, 2_000)
Said = Annotated[str, Field(max_length=1_000_000)]
"""A whole answer in words; `AI_MAX_OUTPUT_TOKENS` keeps it far below."""
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


class TextRequest(Closed):
    operation: Name
    text: Annotated[str, Field(description="10 to 10,000 characters, not counting surrounding white space")]
    options: Options
    question: str | None = None
    metadata: Annotated[Metadata, Field(default_factory=dict, description="Echoed in the reply")]


class UsageReport(BaseModel):
    """What this request cost: nothing when the answer was there already, null dollars when the price is unknown."""

    input_tokens: int = Field(ge=0, le=10_000_000)
    output_tokens: int = Field(ge=0, le=10_000_000)
    cost_usd: float | None = Field(ge=0, le=1_000_000)


class TextReply(BaseModel):
    operation: Name
    success: Literal[True]
    result: Any
    source: Literal["model", "cache", "stale", "offline"]
    degraded: bool = Field(description="An old or offline answer stands in for the model's")
    degraded_reason: Name | None = Field(description="The error code of the failure behind it")
    cache_hit: bool
    model: Name
    usage: UsageReport
    processing_time: float = Field(ge=0, le=86_400, description="Seconds")
    timestamp: datetime
    request_id: Name
    metadata: Metadata


class BatchRequest(Closed):
    requests: list[Any]
    batch_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$", max_length=64)] | None = Field(
        None, description="Your own name for the batch, to ask for its state while it runs"
    )


class BatchItem(BaseModel):
    request_index: int = Field(ge=0, lt=MOST_REQUESTS)
    status: Literal["completed", "failed"]
    response: Any
    error: ErrorBody | None


class BatchReply(BaseModel):
    """`results` is complete once `status` is completed."""

    batch_id: Name
    status: Literal["running", "completed", "cancelled"]
    total_requests: int = Field(ge=1, le=MOST_REQUESTS)
    completed: int = Field(ge=0, le=MOST_REQUESTS)
    failed: int = Field(ge=0, le=MOST_REQUESTS)
    results: list[Any]
    total_processing_time: float = Field(ge=0, le=86_400, description="Seconds")
    timestamp: datetime


class OperationCard(BaseModel):
    id: Name
    name: Name
    description: Annotated[str, Field(max_length=1000)]
    options_schema: dict[str, Any]
    result_schema: dict[str, Any]
    requires_question: bool
    works_offline: bool


class Operations(BaseModel):
    operations: list[OperationCard] = Field(max_length=1000)


class OperationHealth(BaseModel):
    """`last_success` is when this process last got an answer from a model, in seconds since the epoch."""

    breaker: Literal["closed", "open", "half_open"]
    last_success: float | None = Field(ge=0, le=1e12)


class DomainHealth(BaseModel):
    status: Literal["healthy", "degraded"]
    operations: dict[Annotated[str, Field(max_length=200)], OperationHealth] = Field(max_length=1000)
