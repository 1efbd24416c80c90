"""Put one question to the models: policy, provider, inspection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.core.clock import Clock
from app.core.errors import ProviderBadAnswer, ProviderTimeout
from app.infrastructure.resilience import Policies

from .answer import Answer, answered
from .inspect import LeakWatch, parse
from .ledger import Account
from .models import Models
from .question import NOTHING, Completion, Delta, Prompt, Question, Usage
from .render import render


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`total` is the seconds that a call may take, its retries included."""

    models: Models
    policies: Policies
    clock: Clock
    total: float

    async def whole(self, question: Question[Any], account: Account) -> Answer:
        """The inspected answer; usage is added to the account as it becomes known."""
        deadline = self.clock.monotonic() + self.total
        return await self.policies[question.name].call(partial(self._ask, question, account, deadline), deadline)

    async def pieces(self, question: Question[Any], account: Account) -> AsyncGenerator[str | Answer, None]:
        """Pieces of an answer's text as they come, the inspected `Answer` last. Retries end with the first piece."""
        deadline = self.clock.monotonic() + self.total
        prompt = render(question)
        begin = partial(self._begin, prompt, deadline)
        (first, rest), permit = await self.policies[question.name].open(begin, deadline)
        watch, said, last = LeakWatch(prompt), "", first
        try:
            async with aclosing(rest):
                async for last in _rejoined(first, rest):
                    if out := watch.feed(last.text):
                        said += out
                        yield out
            if out := watch.rest():
                said += out
                yield out
            usage = last.usage or NOTHING
            account.add(usage)
            answer = answered(parse(prompt, said), last.model, usage)
        except BaseException as error:
            permit.settle(error)
            raise
        permit.succeed()
        yield answer

    async def _ask(self, question: Question[Any], account: Account, deadline: float) -> Answer:
        first = await self._inspected(question, account, deadline)
        if isinstance(first, Answer):
            return first
        second = await self._inspected(question, account, deadline, first)
        if isinstance(second, Answer):
            return second
        raise ProviderBadAnswer

    async def _inspected(
        self, question: Question[Any], account: Account, deadline: float, spent: Usage = NOTHING
    ) -> Answer | Usage:
        """The answer, or what it cost when it cannot be used."""
        prompt = render(question)
        completion = await self._complete(prompt, deadline)
        account.add(completion.usage)
        spent += completion.usage
        try:
            return answered(parse(prompt, completion.text), completion.model, spent)
        except ProviderBadAnswer:
            return spent

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
