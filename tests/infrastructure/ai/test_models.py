import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.core.errors import (
    ModelRequired,
    ProviderBusy,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from app.core.events import Events, ModelCalled
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.models import Models
from app.infrastructure.ai.question import Completion, Delta, Prompt, Usage
from tests.infrastructure.ai.helpers import prompt
from tests.support.clock import FakeClock

SPENT = Usage(10, 4, 0.25)


class Scripted:
    """A model that says its script: text, or an error, or silence (None); `closed` counts its ended streams."""

    def __init__(self, model: str, *script: str | Exception | None, clock: FakeClock | None = None) -> None:
        self.name, self.model, self.script, self.clock = "scripted", model, script, clock
        self.asked = self.closed = 0
        self.open = True

    async def complete(self, prompt: Prompt) -> Completion:
        self.asked += 1
        return Completion("".join([await self._say(part) for part in self.script]), SPENT, self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        self.asked += 1
        try:
            for part in self.script:
                yield Delta(await self._say(part), model=self.model)
            yield Delta("", SPENT, self.model)
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        self.open = False

    async def _say(self, part: str | Exception | None) -> str:
        if self.clock:
            self.clock.advance(2)
        if isinstance(part, Exception):
            raise part
        if part is None:
            await asyncio.Event().wait()
        return part or ""


class Chain:
    """Models over scripted providers, and what they reported."""

    def __init__(self, *providers: Scripted, first_token: float = 30, idle: float = 30) -> None:
        self.clock, self.events, hook = FakeClock(), list[ModelCalled](), Events()
        hook.on(ModelCalled, self.events.append)
        self.models = Models(providers, StreamClocks(first_token, idle), hook, self.clock)

    async def said(self, streamed: bool, deadline: float | None = None) -> str:
        if not streamed:
            return (await self.models.complete(prompt())).text
        return "".join([delta.text async for delta in self.models.stream(prompt(), deadline)])

    def outcomes(self) -> list[tuple[str, str]]:
        return [(event.model, event.outcome) for event in self.events]


@pytest.fixture(params=[False, True], ids=["complete", "stream"])
def streamed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_the_first_model_answers_alone(streamed: bool) -> None:
    second = Scripted("b", "unused")
    chain = Chain(Scripted("a", "he", "llo"), second)
    assert await chain.said(streamed) == "hello"
    assert (chain.models.primary, second.asked) == ("a", 0)
    assert chain.outcomes() == [("a", "success")]


async def test_the_next_model_takes_over_in_order(streamed: bool) -> None:
    chain = Chain(Scripted("a", ProviderUnavailable()), Scripted("b", ProviderBusy()), Scripted("c", "third"))
    assert await chain.said(streamed) == "third"
    assert chain.outcomes() == [("a", "provider_unavailable"), ("b", "provider_busy"), ("c", "success")]


async def test_the_last_error_is_raised(streamed: bool) -> None:
    chain = Chain(Scripted("a", ProviderUnavailable()), Scripted("b", ProviderBusy(retry_after=3)))
    with pytest.raises(ProviderBusy) as caught:
        await chain.said(streamed)
    assert caught.value.retry_after == 3


@pytest.mark.parametrize("error", [ProviderRefused(), ModelRequired()])
async def test_no_other_model_is_asked_after_a_refusal(streamed: bool, error: Exception) -> None:
    second = Scripted("b", "unused")
    with pytest.raises(type(error)):
        await Chain(Scripted("a", error), second).said(streamed)
    assert second.asked == 0


async def test_no_other_model_takes_over_after_the_first_piece() -> None:
    first, second = Scripted("a", "begun", ProviderUnavailable()), Scripted("b", "unused")
    with pytest.raises(ProviderUnavailable):
        await Chain(first, second).said(streamed=True)
    assert (first.closed, second.asked) == (1, 0)


async def test_a_success_reports_usage_and_times(streamed: bool) -> None:
    model = Scripted("a", "he", "llo")
    chain = Chain(model)
    model.clock = chain.clock
    await chain.said(streamed)
    [event] = chain.events
    assert event == ModelCalled(
        operation="test.repeat",
        provider="scripted",
        model="a",
        outcome="success",
        input_tokens=10,
        output_tokens=4,
        cost_usd=0.25,
        first_token=2 if streamed else None,
        seconds=4,
    )


@pytest.mark.parametrize(("error", "cost"), [(ProviderUnavailable(), 0.0), (ProviderTimeout(), None)])
async def test_a_failure_costs_nothing_only_where_the_provider_charged_nothing(
    streamed: bool, error: Exception, cost: float | None
) -> None:
    chain = Chain(Scripted("a", error))
    with pytest.raises(type(error)):
        await chain.said(streamed)
    assert chain.events[0].cost_usd == cost


async def test_a_cancelled_call_is_reported(streamed: bool) -> None:
    model = Scripted("a", None)
    chain = Chain(model)
    task = asyncio.create_task(chain.said(streamed))
    while not model.asked:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert chain.outcomes() == [("a", "cancelled")]


async def test_a_stream_that_is_left_is_closed_and_reported() -> None:
    model = Scripted("a", "one", "two")
    chain = Chain(model)
    deltas = chain.models.stream(prompt())
    await anext(deltas)
    await deltas.aclose()
    assert model.closed == 1
    assert chain.outcomes() == [("a", "cancelled")]


async def test_a_late_first_piece_times_out_and_the_next_model_takes_over() -> None:
    silent = Scripted("a", None)
    chain = Chain(silent, Scripted("b", "quick"), first_token=0.05)
    assert await chain.said(streamed=True) == "quick"
    assert chain.outcomes() == [("a", "provider_timeout"), ("b", "success")]
    assert silent.closed == 1


async def test_a_pause_between_pieces_times_out() -> None:
    model = Scripted("a", "begun", None)
    with pytest.raises(ProviderTimeout):
        await Chain(model, idle=0.05).said(streamed=True)
    assert model.closed == 1


async def test_a_stream_ends_at_its_deadline_however_busy_it_is() -> None:
    model = Scripted("a", *["word "] * 10)
    chain = Chain(model)
    model.clock = chain.clock
    with pytest.raises(ProviderTimeout):
        await chain.said(streamed=True, deadline=chain.clock.monotonic() + 5)
    assert model.closed == 1


async def test_closing_closes_every_provider() -> None:
    providers = [Scripted("a"), Scripted("b")]
    await Chain(*providers).models.aclose()
    assert not any(provider.open for provider in providers)


def test_an_empty_chain_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Chain()
