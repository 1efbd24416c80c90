"""Calls to one hosted model through pydantic-ai. The only module that speaks that library's messages."""

from collections.abc import AsyncGenerator

from pydantic_ai import ModelSettings as CallSettings
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.usage import RequestUsage

from app.core.errors import ProviderBadAnswer, ProviderInterrupted, ProviderRefused

from ..pricing import price
from ..question import Completion, Delta, Prompt, Usage
from .bounds import Speech
from .clients import closing_responses, open_model, open_pool
from .endpoint import Endpoint
from .failures import translated
from .forms import PLAIN, Form, form_of

MOST_TOKENS = 10_000_000
"""More than any model reads or says: a provider that reports as much has not counted."""


class Session:
    """The open client of one hosted model."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._pool = open_pool(endpoint.settings)
        self._model = open_model(endpoint, self._pool)
        self._settings = _settings(endpoint, self._model.profile)
        self._usage(RequestUsage())  # reads the price table now rather than during the first call

    async def complete(self, prompt: Prompt) -> Completion:
        form = self._form(prompt)
        with translated(self._endpoint):
            response = await model_request(
                self._model, [_request(prompt)], model_settings=self._settings, model_request_parameters=form.parameters
            )
        text = self._speech().feed(_said(response), last=True)
        return Completion(form.unwrap(text), self._usage(response.usage), self._endpoint.full_name)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """Typed answers come in the wrapping of their form, which a whole answer would be freed of."""
        parameters, speech = self._form(prompt).parameters, self._speech()
        with translated(self._endpoint):
            async with (
                closing_responses(),
                model_request_stream(
                    self._model, [_request(prompt)], model_settings=self._settings, model_request_parameters=parameters
                ) as response,
            ):
                async for event in response:
                    if text := speech.feed(_text_of(event)):
                        yield Delta(text, model=self._endpoint.full_name)
        final = response.get()
        _said(final)
        if not (final.provider_details or {}).get("finish_reason"):
            raise ProviderInterrupted
        if text := speech.feed("", last=True):
            yield Delta(text, model=self._endpoint.full_name)
        yield Delta("", self._usage(final.usage), self._endpoint.full_name)

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _form(self, prompt: Prompt) -> Form:
        if prompt.question.answer is str:
            return PLAIN
        return form_of(prompt.question.adapter, self._model.profile.get("supports_json_schema_output", False))

    def _speech(self) -> Speech:
        return Speech(self._endpoint.settings.ai_max_output_tokens)

    def _usage(self, usage: RequestUsage) -> Usage:
        at, spent = self._endpoint, (usage.input_tokens, usage.output_tokens)
        if not all(0 <= count <= MOST_TOKENS for count in spent):
            return Usage(cost_usd=None)
        # A compatible server may give its models any name, so the price table cannot speak of them.
        compatible = at.host == "openai" and at.base_url
        return Usage(*spent, cost_usd=None if compatible else price(at.host, at.model, *spent))


def _settings(endpoint: Endpoint, profile: ModelProfile) -> CallSettings:
    # Without a word about thinking, many models think by default and spend the tokens meant for the answer.
    settings = CallSettings(max_tokens=endpoint.settings.ai_max_output_tokens, thinking=False)
    if _takes_temperature(profile):
        settings["temperature"] = endpoint.settings.ai_temperature
    return settings


def _takes_temperature(profile: ModelProfile) -> bool:
    """Models that reason whether asked or not reject sampling settings."""
    if profile.get("openai_supports_reasoning") and not profile.get("openai_supports_reasoning_effort_none"):
        return False
    return not profile.get("anthropic_disallows_sampling_settings")


def _request(prompt: Prompt) -> ModelRequest:
    return ModelRequest(parts=[UserPromptPart("\n\n".join(prompt.user))], instructions=prompt.system)


def _said(response: ModelResponse) -> str:
    """The text of a response; ProviderRefused or ProviderBadAnswer when there is none to use."""
    if response.finish_reason == "content_filter":
        raise ProviderRefused
    text = response.text
    if not text or text.isspace():
        raise ProviderBadAnswer
    return text


def _text_of(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
    return ""
