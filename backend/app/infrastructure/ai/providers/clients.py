"""The three SDKs, opened the same way: one connection pool, our time-outs, no retries of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import cast

from anthropic import AsyncAnthropic
from httpx2 import AsyncByteStream, AsyncClient, Request, Response, Timeout
from openai import AsyncOpenAI
from pydantic_ai.models import Model, create_async_httpx2_client
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile, openai_model_profile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from app.core.context import traceparent
from app.core.settings import ModelSettings

from .bounds import Body
from .endpoint import Endpoint, Host


def open_pool(settings: ModelSettings) -> AsyncClient:
    """A connection pool that waits for a read as long as the most patient of our own clocks, so those ring first."""
    longest = max(settings.ai_first_token_timeout, settings.ai_idle_timeout, settings.ai_total_timeout)
    pool = create_async_httpx2_client(timeout=Timeout(longest, connect=settings.ai_connect_timeout))
    pool.headers["accept-encoding"] = "identity"
    hooks, bound = pool.event_hooks, partial(_bound, settings.ai_max_output_tokens)
    pool.event_hooks = {"request": [*hooks["request"], _join_trace], "response": [*hooks["response"], bound, _remember]}
    return pool


async def _bound(tokens: int, response: Response) -> None:
    response.stream = Body(cast(AsyncByteStream, response.stream), tokens)
    # We asked for none, and a few packed bytes can be gigabytes: whoever packs all the same is not understood.
    response.headers.pop("content-encoding", None)


async def _join_trace(request: Request) -> None:
    if joined := traceparent.get():
        request.headers["traceparent"] = joined


_received: ContextVar[list[Response] | None] = ContextVar("received", default=None)


async def _remember(response: Response) -> None:
    if (received := _received.get()) is not None:
        received.append(response)


@asynccontextmanager
async def closing_responses() -> AsyncIterator[None]:
    """Close what the block received: google-genai leaves abandoned streams open until they are garbage-collected."""
    received: list[Response] = []
    _received.set(received)
    try:
        yield
    finally:
        _received.set(None)
        for response in received:
            await response.aclose()


def open_model(endpoint: Endpoint, pool: AsyncClient) -> Model:
    key = endpoint.key.get_secret_value() if endpoint.key else "unused"
    return _OPENERS[endpoint.host](endpoint.model, key, endpoint.base_url, pool)


def _gemini(model: str, key: str, base_url: str | None, pool: AsyncClient) -> Model:
    return GoogleModel(model, provider=GoogleProvider(api_key=key, base_url=base_url, http_client=pool))


def _openai(model: str, key: str, base_url: str | None, pool: AsyncClient) -> Model:
    client = AsyncOpenAI(api_key=key, base_url=base_url, http_client=pool, max_retries=0)
    if base_url is None:
        return OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client))
    # Compatible servers know `max_tokens`; its successor is understood where OpenAI's own reasoning models are.
    reasons = bool(openai_model_profile(model).get("openai_supports_reasoning"))
    profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=reasons)
    return OpenAIChatModel(model, provider=OpenAICompatibleProvider("openai", openai_client=client), profile=profile)


def _anthropic(model: str, key: str, base_url: str | None, pool: AsyncClient) -> Model:
    client = AsyncAnthropic(api_key=key, base_url=base_url, http_client=pool, max_retries=0)
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client))


_OPENERS: dict[Host, Callable[[str, str, str | None, AsyncClient], Model]] = {
    "gemini": _gemini,
    "openai": _openai,
    "anthropic": _anthropic,
}
