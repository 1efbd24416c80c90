"""Calls through google-generativeai. The only module that speaks that library's messages."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import google.generativeai as genai
import orjson

from app.core.errors import ProviderBadAnswer, ProviderInterrupted, ProviderRefused
from app.core.settings import ModelSettings
from app.infrastructure.ai.pricing import price
from app.infrastructure.ai.question import Completion, Delta, Prompt, Usage

from .failures import translated

T = TypeVar("T")

CALLS_AT_ONCE = 64
REFUSALS = {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"}


class Session:
    """The SDK speaks gRPC or, as here, HTTP; the latter blocks, so each call takes a thread.

    A blocked thread cannot be cancelled: a call that nobody waits for any longer runs on until the next piece of its
    answer comes. Whoever writes a provider on an asynchronous SDK need not accept that.
    """

    def __init__(self, model: str, full_name: str, settings: ModelSettings) -> None:
        self._model, self._full_name, self._settings = model, full_name, settings
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="legacy-gemini")
        assert settings.gemini_api_key is not None
        options = {"api_endpoint": settings.gemini_base_url} if settings.gemini_base_url else None
        genai.configure(api_key=settings.gemini_api_key.get_secret_value(), transport="rest", client_options=options)

    async def complete(self, prompt: Prompt) -> Completion:
        with translated(self._full_name):
            response = await self._in_thread(self._ask, prompt)
            text = _said(response)
        if not text.strip():
            raise ProviderBadAnswer
        return Completion(text, self._usage(response), self._full_name)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        finished = False
        with translated(self._full_name):
            response = await self._in_thread(self._ask, prompt, stream=True)
            chunks = iter(response)
            while (chunk := await self._in_thread(next, chunks, None)) is not None:
                if text := _said(chunk):
                    yield Delta(text, model=self._full_name)
                finished = finished or any(candidate.finish_reason for candidate in chunk.candidates)
        if not finished:
            raise ProviderInterrupted
        yield Delta("", self._usage(response), self._full_name)

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    def _ask(self, prompt: Prompt, stream: bool = False) -> Any:
        """The SDK's response, whose iterator blocks too when it is a stream."""
        given, settings = prompt.question, self._settings
        config: dict[str, Any] = {
            "temperature": settings.ai_temperature,
            "max_output_tokens": settings.ai_max_output_tokens,
        }
        system = prompt.system
        if given.answer is not str:
            config["response_mime_type"] = "application/json"
            system += f"\n\nThe schema: {orjson.dumps(given.adapter.json_schema()).decode()}"
        model = genai.GenerativeModel(self._model, generation_config=config, system_instruction=system)
        longest = max(settings.ai_first_token_timeout, settings.ai_idle_timeout)
        patience = {"timeout": longest if stream else settings.ai_total_timeout, "retry": None}  # we retry, the SDK not
        return model.generate_content("\n\n".join(prompt.user), stream=stream, request_options=patience)

    def _usage(self, response: Any) -> Usage:
        spent = response.usage_metadata.prompt_token_count, response.usage_metadata.candidates_token_count
        return Usage(*spent, cost_usd=price("gemini", self._model, *spent))

    async def _in_thread(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*arguments, **named))


def _said(response: Any) -> str:
    """The text of a response or of a piece of one; ProviderRefused when the prompt or the answer was blocked."""
    ends = {candidate.finish_reason.name for candidate in response.candidates}
    if response.prompt_feedback.block_reason or ends & REFUSALS:
        raise ProviderRefused
    return "".join(part.text for candidate in response.candidates for part in candidate.content.parts)
