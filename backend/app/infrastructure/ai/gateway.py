"""The one door to any model. Read `ask` from top to bottom: it is the life of a question."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from app.core.caller import Caller
from app.core.clock import Clock
from app.core.errors import AppError, ProviderBadAnswer
from app.core.events import Answered, CacheLookup, Degraded, Hook
from app.core.terms import Terms
from app.infrastructure.cache import Entry, SingleFlight, TieredCache

from .answer import Answer, cache_key, from_entry, is_answer, to_entry
from .dialogue import Dialogue
from .ledger import Ledger
from .question import NOTHING, Question
from .redaction import Vault
from .screening import Screen

if TYPE_CHECKING:
    from .redaction.redactor import Redactor


@dataclass(frozen=True, slots=True)
class Gateway:
    """`ttl` and `stale` are the seconds that answers stay fresh, and are kept beyond that for when the model is down.

    `variant` names the model and the settings that shape its answers: change one, and old answers are not found.
    """

    screen: Screen
    cache: TieredCache
    flights: SingleFlight
    ledger: Ledger
    dialogue: Dialogue
    variant: str
    ttl: float
    stale: float
    clock: Clock
    hook: Hook
    redactor: "Redactor | None" = None

    async def ask(self, caller: Caller, question: Question[Any], terms: Terms) -> Answer:
        """One answer, from the cache or the model; an old or offline one, labelled, when the model is down."""
        hidden, vault = self._hide(caller, question)
        return self._given(question, vault.restored(await self._answer(caller, hidden, terms)))

    async def _answer(self, caller: Caller, question: Question[Any], terms: Terms) -> Answer:
        key = self._key(question)
        old = await self._kept(key, question)
        if old and old.fresh(self.clock.now()):
            return from_entry(old, "cache")
        flagged = await self.screen.check(question)
        try:
            make = partial(self._make, caller, question, terms, key, flagged)
            answer, led = await self.flights.share(key, make, partial(self._look, key, question))
        except AppError as error:
            return await self._stand_in(question, terms, old, error)
        return answer if led else replace(answer, source="cache", usage=NOTHING)

    async def stream(self, caller: Caller, question: Question[Any], terms: Terms) -> AsyncGenerator[str | Answer, None]:
        """Pieces of the answer's text, and the `Answer` last. What can refuse does so before the first piece.

        A typed answer cannot be judged before it is complete: it comes in one piece, as JSON.
        """
        if question.answer is not str:
            answer = await self.ask(caller, question, terms)
            yield answer.body.decode()
            yield answer
            return
        hidden, vault = self._hide(caller, question)
        async with aclosing(vault.reading(self._pieces(caller, hidden, terms))) as pieces:
            async for piece in pieces:
                yield piece

    async def _pieces(
        self, caller: Caller, question: Question[Any], terms: Terms
    ) -> AsyncGenerator[str | Answer, None]:
        key = self._key(question)
        old = await self._kept(key, question)
        if old and old.fresh(self.clock.now()):
            for piece in self._replayed(question, from_entry(old, "cache")):
                yield piece
            return
        flagged = await self.screen.check(question)
        begun = False
        try:
            with self.ledger.open(caller) as tab:
                async with aclosing(self.dialogue.pieces(question, tab)) as pieces:
                    async for piece in pieces:
                        begun = True
                        if isinstance(piece, Answer):
                            await self._keep(key, piece, terms, flagged)
                            self._given(question, piece)
                        yield piece
        except AppError as error:
            if begun:
                raise
            for piece in self._replayed(question, await self._stand_in(question, terms, old, error)):
                yield piece

    async def _make(self, caller: Caller, question: Question[Any], terms: Terms, key: str, flagged: bool) -> Answer:
        with self.ledger.open(caller) as tab:
            answer = await self.dialogue.whole(question, tab)
        await self._keep(key, answer, terms, flagged)
        return answer

    async def _kept(self, key: str, question: Question[Any], *, counted: bool = True) -> Entry | None:
        """None for what is no answer, which only others than us can have put into Redis."""
        entry = await self.cache.get(key, counted=counted)
        if entry is None or is_answer(entry, question):
            return entry
        self.hook(CacheLookup("l2", "error"))
        return None

    async def _look(self, key: str, question: Question[Any]) -> Answer | None:
        """What another replica has made in the meantime."""
        entry = await self._kept(key, question, counted=False)
        return from_entry(entry, "cache") if entry and entry.fresh(self.clock.now()) else None

    async def _keep(self, key: str, answer: Answer, terms: Terms, flagged: bool) -> None:
        if not answer.degraded and not flagged:
            ttl = self.ttl if terms.ttl is None else terms.ttl
            await self.cache.put(key, to_entry(answer, self.clock.now(), ttl, self.stale))

    async def _stand_in(self, question: Question[Any], terms: Terms, old: Entry | None, error: AppError) -> Answer:
        """An old answer beats an error, an offline answer beats an error where the operation declares one."""
        if not error.outage:
            raise error
        if old:
            return from_entry(old, "stale", degraded=error.code())
        if terms.degrades and question.offline:
            with suppress(ProviderBadAnswer):  # nothing of the offline answer may pass, so there is none
                return replace(await self.dialogue.stand_in(question), degraded=error.code())
        raise error

    def _given(self, question: Question[Any], answer: Answer) -> Answer:
        """Report an answer that goes to a caller."""
        self.hook(Answered(question.name, answer.source))
        if answer.degraded:
            self.hook(Degraded(question.name, answer.degraded))
        return answer

    def _replayed(self, question: Question[Any], answer: Answer) -> tuple[str, Answer]:
        return question.adapter.validate_json(answer.body), self._given(question, answer)

    def _hide(self, caller: Caller, question: Question[Any]) -> tuple[Question[Any], Vault]:
        """What goes on with the question, the provider above all, sees no more than the first of the two."""
        return self.redactor.hide(caller, question) if self.redactor else (question, Vault())

    def _key(self, question: Question[Any]) -> str:
        return cache_key(self.variant, question)
