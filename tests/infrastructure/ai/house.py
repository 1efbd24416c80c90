"""A gateway of real parts around a scripted model, and the clock that moves it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any

from app.core.caller import Caller
from app.core.events import Events
from app.core.terms import Terms
from app.infrastructure.ai import Answer, Dialogue, Gateway, Ledger, Models, Question, Screen
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.question import Completion, Delta, Prompt, Usage
from app.infrastructure.ai.screening.screen import Policy
from app.infrastructure.cache import SingleFlight, TieredCache
from app.infrastructure.cache.memory import MemoryCache
from app.infrastructure.resilience import Policies, parse_custom
from tests.support.clock import FakeClock

CALLER = Caller("key-1", frozenset({"text:use"}))
SPENT = Usage(7, 3, 0.5)
TERMS = Terms()

Line = str | Exception | Callable[[Prompt], str]
"""What the model says next: a text, an error, or a text made from the prompt."""


class Scripted:
    """A model that says its lines in order and then the last one for ever; streams go word by word.

    An error after a text in a list breaks off the stream after that text.
    """

    name, model = "scripted", "scripted:one"

    def __init__(self, *lines: Line | Sequence[Line]) -> None:
        self._lines, self.asked = list(lines), list[Prompt]()
        self.closed = 0

    async def complete(self, prompt: Prompt) -> Completion:
        text = "".join([self._said(part, prompt) for part in self._next(prompt)])
        return Completion(text, SPENT, self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        try:
            for part in self._next(prompt):
                for word in self._said(part, prompt).split(" "):
                    yield Delta(f"{word} ", model=self.model)
            yield Delta("", SPENT, self.model)
        finally:
            self.closed += 1

    def load(self) -> None:
        """There is nothing to load."""

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _next(self, prompt: Prompt) -> Sequence[Line]:
        self.asked.append(prompt)
        line = self._lines.pop(0) if len(self._lines) > 1 else self._lines[0]
        return [line] if isinstance(line, str) or callable(line) or isinstance(line, Exception) else line

    def _said(self, part: Line, prompt: Prompt) -> str:
        if isinstance(part, Exception):
            raise part
        return part if isinstance(part, str) else part(prompt)


class House:
    """`ask` and `stream` as a route would; `events` is what was reported."""

    def __init__(self, model: Scripted, *, screening: Policy = "flag", attempts: int = 1) -> None:
        self.clock, self.model, self.events = FakeClock(), model, list[object]()
        events = Events()
        custom = parse_custom(f'{{"retry_attempts": {attempts}, "circuit_breaker_threshold": 3}}')
        self.policies = Policies("simple", custom, self.clock, self.events.append)
        self.policies.declare("tea.make")
        models = Models([model], StreamClocks(30, 15), events, self.clock)
        self.ledger, self.cache = Ledger(), MemoryCache(100, 1_000_000, self.clock)
        self.gateway = Gateway(
            screen=Screen(screening, self.events.append),
            cache=TieredCache(self.clock, self.cache),
            flights=SingleFlight(self.events.append),
            ledger=self.ledger,
            dialogue=Dialogue(models, self.policies, self.clock, 60),
            variant="one",
            ttl=100,
            stale=1000,
            clock=self.clock,
            hook=self.events.append,
        )

    async def ask(self, question: Question[Any] | None = None, terms: Terms = TERMS) -> Answer:
        return await self.gateway.ask(CALLER, question or tea(), terms)

    async def stream(self, question: Question[Any] | None = None, terms: Terms = TERMS) -> list[str | Answer]:
        return [piece async for piece in self.gateway.stream(CALLER, question or tea(), terms)]

    def variant(self, name: str) -> "House":
        self.gateway = replace(self.gateway, variant=name)
        return self


def tea(material: str = "Tea was late.", answer: Any = str, **fields: Any) -> Question[Any]:
    return Question(answer, "Say in a few words how the tea of the material was.", material, name="tea.make", **fields)
