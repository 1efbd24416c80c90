"""The chain of models: the first one that answers, and a report of every try."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

from app.core.clock import Clock
from app.core.errors import AppError, InternalError, ProviderError, ProviderRefused
from app.core.events import Hook, ModelCallBegan, ModelCalled

from .clocks import StreamClocks
from .question import Completion, Delta, Prompt, Provider, Usage

logger = logging.getLogger(__name__)


class Models:
    """Asks the providers in order; the next one takes over only before the first byte of an answer."""

    def __init__(self, providers: Sequence[Provider], clocks: StreamClocks, hook: Hook, clock: Clock) -> None:
        if not providers:
            raise ValueError("Models needs at least one provider.")
        self._providers, self._clocks, self._hook, self._clock = tuple(providers), clocks, hook, clock

    @property
    def primary(self) -> str:
        """The model that is asked first, as settings name it."""
        return self._providers[0].model

    def load(self) -> None:
        """Import and build what the providers need; takes seconds, so run it in a thread at start."""
        for provider in self._providers:
            provider.load()

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer of the first model that gives one; the last model's error when none does."""
        for provider in self._providers:
            try:
                with self._watched(prompt, provider) as call:
                    completion = await provider.complete(prompt)
                    call.usage = completion.usage
                return completion
            except ProviderError as error:
                self._pass_on(provider, error)
        raise AssertionError("unreachable: the last provider's error is raised")

    async def stream(self, prompt: Prompt, deadline: float | None = None) -> AsyncGenerator[Delta, None]:
        """Its pieces as they come; `deadline` is a moment of `clock.monotonic()`."""
        for provider in self._providers:
            begun = False
            try:
                async with aclosing(self._pieces(provider, prompt, deadline)) as pieces:
                    async for delta in pieces:
                        begun = True
                        yield delta
                return
            except ProviderError as error:
                if begun:
                    raise
                self._pass_on(provider, error)

    async def aclose(self) -> None:
        for provider in self._providers:
            await provider.aclose()

    async def _pieces(self, provider: Provider, prompt: Prompt, deadline: float | None) -> AsyncGenerator[Delta, None]:
        with self._watched(prompt, provider) as call:
            deltas = self._clocks.guard(provider.stream(prompt), self._clock, deadline)
            async with aclosing(deltas) as guarded:
                async for delta in guarded:
                    call.first = self._clock.monotonic() if call.first is None else call.first
                    call.usage = delta.usage or call.usage
                    yield delta

    def _pass_on(self, provider: Provider, error: ProviderError) -> None:
        """Raise the error where no other model may or can take over."""
        if isinstance(error, ProviderRefused) or provider is self._providers[-1]:
            raise error
        logger.warning("%s failed (%s): asking the next model", provider.model, error.code())

    @contextmanager
    def _watched(self, prompt: Prompt, provider: Provider) -> Iterator["_Call"]:
        """Report the call when it begins, and when it ends, however it ends."""
        self._hook(ModelCallBegan(prompt.question.name, provider.name, provider.model))
        call = _Call(self._clock.monotonic())
        try:
            yield call
            call.outcome = "success"
        except AppError as error:
            call.outcome, call.usage = error.code(), Usage(cost_usd=None if error.charged else 0.0)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            call.outcome, call.usage = "cancelled", Usage(cost_usd=None)
            raise
        finally:
            self._hook(call.report(prompt, provider, self._clock.monotonic()))


@dataclass(slots=True)
class _Call:
    """One request to one model, while it lasts. Times are moments of the clock."""

    start: float
    first: float | None = None
    outcome: str = InternalError.code()
    usage: Usage = field(default_factory=Usage)

    def report(self, prompt: Prompt, provider: Provider, now: float) -> ModelCalled:
        return ModelCalled(
            operation=prompt.question.name,
            provider=provider.name,
            model=provider.model,
            outcome=self.outcome,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            cost_usd=self.usage.cost_usd,
            first_token=None if self.first is None else self.first - self.start,
            seconds=now - self.start,
        )
