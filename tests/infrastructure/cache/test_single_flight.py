"""Sharing within one process; `test_lease.py` has the same among replicas."""

import asyncio
import gc
from contextvars import ContextVar

import pytest

from app.core.errors import ProviderTimeout
from app.core.events import FlightFollowed
from app.infrastructure.cache import SingleFlight
from tests.infrastructure.cache.helpers import settled


class Work:
    """Runs until it is let go, then gives its answer or raises it."""

    def __init__(self, answer: str | Exception = "answer") -> None:
        self.answer = answer
        self.begun = self.cancelled = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def flights(events: list[object]) -> SingleFlight:
    return SingleFlight(events.append)


async def boarded(flights: SingleFlight, work: Work, callers: int) -> list[asyncio.Task[tuple[str, bool]]]:
    tasks = [asyncio.create_task(flights.share("k", work)) for _ in range(callers)]
    await settled()
    return tasks


async def test_fifty_equal_callers_share_one_work_and_one_of_them_leads(
    flights: SingleFlight, events: list[object]
) -> None:
    work = Work()
    callers = await boarded(flights, work, 50)
    work.may_end.set()
    assert sorted(await asyncio.gather(*callers)) == [("answer", False)] * 49 + [("answer", True)]
    assert work.begun == 1
    assert events == [FlightFollowed("process")] * 49


async def test_different_keys_do_not_share(flights: SingleFlight) -> None:
    work = Work()
    work.may_end.set()
    callers = [flights.share(key, work) for key in "ab"]
    assert await asyncio.gather(*callers) == [("answer", True)] * 2
    assert work.begun == 2


async def test_the_next_caller_after_the_end_works_again(flights: SingleFlight) -> None:
    work = Work()
    work.may_end.set()
    assert await flights.share("k", work) == ("answer", True)
    assert await flights.share("k", work) == ("answer", True)
    assert work.begun == 2


@pytest.mark.parametrize("leaver", [0, 1])
async def test_a_caller_who_leaves_does_not_end_the_work_of_the_others(flights: SingleFlight, leaver: int) -> None:
    work = Work()
    callers = await boarded(flights, work, 3)
    gone = callers.pop(leaver)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    work.may_end.set()
    assert {value for value, _ in await asyncio.gather(*callers)} == {"answer"}
    assert (work.begun, work.cancelled) == (1, 0)


async def test_the_work_is_cancelled_when_the_last_caller_leaves(flights: SingleFlight) -> None:
    work = Work()
    callers = await boarded(flights, work, 2)
    callers[0].cancel()
    await settled()
    assert work.cancelled == 0
    callers[1].cancel()
    await settled()
    assert work.cancelled == 1


async def test_a_caller_who_comes_after_the_last_one_left_does_not_join_the_cancelled_work(
    flights: SingleFlight,
) -> None:
    first, second = Work("first"), Work("second")
    (leaver,) = await boarded(flights, first, 1)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    second.may_end.set()
    assert await flights.share("k", second) == ("second", True)


async def test_a_failure_reaches_all_who_wait_and_is_then_forgotten(flights: SingleFlight) -> None:
    failing, working = Work(ProviderTimeout()), Work()
    callers = await boarded(flights, failing, 5)
    failing.may_end.set()
    failures = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(failure) for failure in failures} == {ProviderTimeout}
    working.may_end.set()
    assert await flights.share("k", working) == ("answer", True)


async def test_a_failure_that_nobody_waits_for_is_not_reported_as_lost(flights: SingleFlight) -> None:
    lost: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))

    async def fail_when_cancelled() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ProviderTimeout from None
        return ""

    caller = asyncio.create_task(flights.share("k", fail_when_cancelled))
    await settled()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await settled()
    gc.collect()
    assert lost == []


async def test_the_work_sees_the_context_of_the_first_caller(flights: SingleFlight) -> None:
    request: ContextVar[str] = ContextVar("request")

    async def named() -> str:
        await settled()
        return request.get()

    async def ask(name: str) -> tuple[str, bool]:
        request.set(name)
        return await flights.share("k", named)

    first, second = await asyncio.gather(ask("first"), ask("second"))
    assert first == ("first", True)
    assert second == ("first", False)


async def test_closing_cancels_what_still_runs(flights: SingleFlight) -> None:
    work = Work()
    (caller,) = await boarded(flights, work, 1)
    await flights.aclose()
    assert work.cancelled == 1
    with pytest.raises(asyncio.CancelledError):
        await caller
