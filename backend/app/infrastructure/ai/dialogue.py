"""Put one question to the models: policy, provider, inspection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.core.clock import Clock
from app.core.errors import ProviderBadAnswer, ProviderTimeout
from app.infrastructure.resilience import Policies

from .answer import OFFLINE, Answer
from .inspection import Inspector
from .ledger import Tab
from .models import Models
from .providers.offline import Offline
from .question import NOTHING, Completion, Delta, Prompt, Question
from .render import render

FALLBACK = "fallback_model"
"""Why an answer is degraded that the offline model gave as the last of the fallback models."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`total` is the seconds that a call may take, its retries included."""

    models: Models
    policies: Policies
    clock: Clock
    total: float
    inspector: Inspector = field(default_factory=Inspector)

    async def whole(self, question: Question[Any], tab: Tab) -> Answer:
        """The inspected answer; usage is added to the tab as it becomes known."""
        deadline = self.clock.monotonic() + self.total
        return await self.policies[question.name].call(partial(self._ask, question, tab, deadline), deadline)

    async def pieces(self, question: Question[Any], tab: Tab) -> AsyncGenerator[str | Answer, None]:
        """Pieces of an answer's text as they come, the inspected `Answer` last. Retries end with the first piece."""
        deadline = self.clock.monotonic() + self.total
        prompt = render(question)
        begin = partial(self._begin, prompt, deadline)
        (first, rest), permit = await self.policies[question.name].open(begin, deadline)
        watch, said, last = self.inspector.watch(prompt), "", first
        try:
            async with aclosing(rest):
                async for last in _rejoined(first, rest):
                    said += last.text
                    if out := watch.feed(last.text):
                        yield out
            if out := watch.rest():
                yield out
            tab.add(last.usage or NOTHING)
            answer = self._answer(self.inspector.parse(prompt, said, watch.findings), last.model, tab)
        except BaseException as error:
            permit.settle(error)
            raise
        permit.succeed()
        yield answer

    async def stand_in(self, question: Question[Any]) -> Answer:
        """The answer that the operation can work out itself, inspected like a model's."""
        prompt = render(question)
        completion = await Offline().complete(prompt)
        return Answer(self.inspector.parse(prompt, completion.text), "offline", completion.model)

    async def _ask(self, question: Question[Any], tab: Tab, deadline: float) -> Answer:
        """Ask, and ask once more when the answer cannot be used."""
        try:
            return await self._ask_once(question, tab, deadline)
        except ProviderBadAnswer:
            return await self._ask_once(question, tab, deadline)

    async def _ask_once(self, question: Question[Any], tab: Tab, deadline: float) -> Answer:
        prompt = render(question)
        completion = await self._complete(prompt, deadline)
        tab.add(completion.usage)
        return self._answer(self.inspector.parse(prompt, completion.text), completion.model, tab)

    def _answer(self, body: bytes, model: str, tab: Tab) -> Answer:
        if model != OFFLINE:
            return Answer(body, "model", model, tab.usage)
        fallback = self.models.primary != OFFLINE
        return Answer(body, "offline", model, tab.usage, FALLBACK if fallback else None)

    async def _complete(self, prompt: Prompt, deadline: float) -> Completion:
        try:
            async with asyncio.timeout(deadline - self.clock.monotonic()):
                return await self.models.complete(prompt)
        except TimeoutError:
            raise ProviderTimeout from None

    async def _begin(self, prompt: Prompt, deadline: float) -> tuple[Delta, AsyncGenerator[Delta, None]]:
        """Open a stream and wait for its first piece."""
        deltas = self.models.stream(prompt, deadline)
        try:
            return await anext(deltas), deltas
        except StopAsyncIteration:
            raise ProviderBadAnswer from None


async def _rejoined(first: Delta, rest: AsyncIterator[Delta]) -> AsyncIterator[Delta]:
    yield first
    async for delta in rest:
        yield delta
