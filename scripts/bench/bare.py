"""The yardstick: what FastAPI alone makes of the same request. It imports nothing of the service."""

import hmac
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field

KEY = b"test-client-7f3k9q2m"


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    max_length: int = Field(100, ge=10, le=1000)


class TextRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    operation: Literal["summarize", "sentiment", "key_points", "questions", "qa"]
    text: str = Field(min_length=10, max_length=10_000)
    options: Options = Options()
    question: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


class Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


class TextReply(BaseModel):
    operation: str
    success: bool
    result: Any
    source: Literal["model", "cache", "stale", "offline"]
    degraded: bool
    degraded_reason: str | None
    cache_hit: bool
    model: str
    usage: Usage
    processing_time: float
    timestamp: datetime
    request_id: str
    metadata: dict[str, str]


app = FastAPI()
replies: dict[str, TextReply] = {}


async def known(authorization: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(authorization.removeprefix("Bearer ").encode(), KEY):
        raise HTTPException(401)


@app.post("/v1/trial/process", dependencies=[Depends(known)])
async def process(request: TextRequest) -> TextReply:
    reply = replies.get(request.text)
    if reply is None:
        reply = replies[request.text] = _made(request)
    return reply


def _made(request: TextRequest) -> TextReply:
    return TextReply(
        operation=request.operation,
        success=True,
        result=request.text[:200],
        source="cache",
        degraded=False,
        degraded_reason=None,
        cache_hit=True,
        model="none",
        usage=Usage(input_tokens=0, output_tokens=0, cost_usd=0.0),
        processing_time=0.0,
        timestamp=datetime.now(UTC),
        request_id="-",
        metadata=request.metadata,
    )
