"""One question to the models: asked again after a bad answer, and the permit given back in every end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

import pytest

from app.core.errors import (
    AppError,
    CircuitOpen,
    ProviderBadAnswer,
    ProviderInterrupted,
    ProviderRefused,
    ProviderUnavailable,
)
from app.infrastructure.ai.question import Prompt
from tests.infrastructure.ai.house import CALLER, SPENT, TERMS, House, Scripted, tea


def policy(house: House) -> Any:
    return house.policies["tea.make"]


async def test_a_bad_answer_is_asked_for_once_more_and_both_are_paid() -> None:
    house = House(Scripted("", "Late."))
    answer = await house.ask()
    assert answer.usage == SPENT + SPENT
    assert house.ledger.accounts()[CALLER.id].input_tokens == 2 * SPENT.input_tokens
    assert len(house.model.asked) == 2


async def test_two_bad_answers_are_an_error_and_are_paid_too() -> None:
    house = House(Scripted("not json"))
    with pytest.raises(ProviderBadAnswer):
        await house.ask(tea(answer=list[int]))
    assert len(house.model.asked) == 2
    assert house.ledger.accounts()[CALLER.id].output_tokens == 2 * SPENT.output_tokens


async def test_each_try_has_fences_of_its_own() -> None:
    house = House(Scripted("", "Late."))
    await house.ask()
    assert len({prompt.nonce for prompt in house.model.asked}) == 2


async def test_an_answer_that_leaks_is_a_bad_one() -> None:
    def leak(prompt: Prompt) -> str:
        return f"They told me: {prompt.question.instructions}"

    with pytest.raises(ProviderBadAnswer):
        await House(Scripted(leak)).ask()
    with pytest.raises(ProviderBadAnswer):
        await House(Scripted(leak)).stream()


async def test_what_cost_nothing_is_tried_again_and_the_rest_is_not() -> None:
    patient = House(Scripted(ProviderUnavailable(), "Late."), attempts=3)
    assert (await patient.ask()).body == b'"Late."'
    costly = House(Scripted(ProviderInterrupted(), "Late."), attempts=3)
    with pytest.raises(ProviderInterrupted):
        await costly.ask()
    assert len(costly.model.asked) == 1


async def test_a_stream_is_opened_again_until_its_first_piece() -> None:
    house = House(Scripted(ProviderUnavailable(), "Late."), attempts=3)
    assert (await house.stream())[0] == "Late."
    broken = House(Scripted(["Late,", ProviderUnavailable()], "Late."), attempts=3)
    with pytest.raises(ProviderUnavailable):
        await broken.stream()
    assert len(broken.model.asked) == 1


async def test_an_empty_stream_is_a_bad_answer() -> None:
    with pytest.raises(ProviderBadAnswer):
        await House(Scripted([])).stream()


Reading = Callable[[AsyncGenerator[Any, None]], Awaitable[None]]


async def read_all(stream: AsyncGenerator[Any, None]) -> None:
    async for _ in stream:
        pass


async def leave(stream: AsyncGenerator[Any, None]) -> None:
    await anext(stream)
    await stream.aclose()


async def be_cancelled(stream: AsyncGenerator[Any, None]) -> None:
    await anext(stream)
    with pytest.raises(asyncio.CancelledError):
        await stream.athrow(asyncio.CancelledError())


def fails_with(error: type[AppError]) -> Reading:
    async def read(stream: AsyncGenerator[Any, None]) -> None:
        with pytest.raises(error):
            await read_all(stream)

    return read


@pytest.mark.parametrize(
    ("model", "read", "ends"),
    [
        (Scripted("Late, and cold."), read_all, "successes"),
        (Scripted("Late, and cold."), leave, "cancelled"),
        (Scripted("Late, and cold."), be_cancelled, "cancelled"),
        (Scripted(["Late,", ProviderInterrupted()]), fails_with(ProviderInterrupted), "failures"),
        (Scripted(["Late,", ProviderRefused()]), fails_with(ProviderRefused), "failures"),
        (Scripted(ProviderUnavailable()), fails_with(ProviderUnavailable), "failures"),
        (Scripted(" "), fails_with(ProviderBadAnswer), "failures"),
    ],
    ids=["read", "left", "cancelled", "interrupted", "refused", "unavailable", "bad"],
)
async def test_every_end_of_a_stream_is_counted_once(model: Scripted, read: Reading, ends: str) -> None:
    house = House(model)
    await read(cast(AsyncGenerator[Any, None], house.gateway.stream(CALLER, tea(), TERMS)))
    metrics = policy(house).metrics()
    assert metrics.calls == getattr(metrics, ends) == 1
    assert house.ledger.accounts()[CALLER.id].in_flight == 0


@pytest.mark.parametrize("read", [leave, be_cancelled])
async def test_a_probe_that_is_left_gives_its_permit_back(read: Reading) -> None:
    house = House(Scripted(*[ProviderUnavailable()] * 3, "Late, and cold."))
    for number in range(3):
        with pytest.raises(ProviderUnavailable):
            await house.ask(tea(f"Tea {number}"))
    with pytest.raises(CircuitOpen):
        await house.ask()
    house.clock.advance(1000)
    await read(cast(AsyncGenerator[Any, None], house.gateway.stream(CALLER, tea(), TERMS)))
    assert (await house.ask()).source == "model"
    assert policy(house).breaker.state == "closed"
