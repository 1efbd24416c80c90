"""Each path that is measured, with its yardstick and its target."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.core.clock import SystemClock
from app.infrastructure.resilience import Policies
from scripts.bench.load import NEW, Clients, Target
from scripts.bench.measure import Pairs, Row, differences, in_turn, ratios, typical
from scripts.bench.processes import BARE, SERVE, Process, Slice, direct, processor_of, server, variant
from scripts.bench.variants import MANY_ENTRIES, MANY_POLICIES
from tests.support.model_server import ModelServer
from tests.support.valkey import valkey_server

T = TypeVar("T")
KEPT = 100
"""Variants of the text on the paths that answer from a cache."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: pairs of slices, the seconds of a slice, and what policies are called per slice."""

    pairs: int
    seconds: float
    calls: int

    def clients(self, number: int, pause: float = 0.0) -> Clients:
        return Clients(number, self.seconds, pause)


QUICK, FULL = Effort(7, 1, 2_000), Effort(15, 4, 20_000)


def l1_hit(effort: Effort) -> Iterator[Row]:
    with server(SERVE) as ours, server(BARE) as bare:
        yield from _against_bare("answer from L1", ours, bare, KEPT, 1.0, effort)


def l2_hit(effort: Effort) -> Iterator[Row]:
    """L1 holds a single answer, so nearly all of them come from Redis."""
    with (
        valkey_server() as redis,
        server(SERVE, REDIS_URL=redis.url, CACHE_MEMORY_ENTRIES="1") as ours,
        server(BARE) as bare,
    ):
        yield from _against_bare("answer from L2", ours, bare, KEPT, 0.75, effort)


def costless(effort: Effort) -> Iterator[Row]:
    with server(variant("costless")) as ours, server(BARE) as bare:
        yield from _against_bare("not cached, costless provider", ours, bare, NEW, 0.8, effort)


def hosted(effort: Effort) -> Iterator[Row]:
    with ModelServer() as model, server(SERVE, **model.openai_env()) as ours, direct(f"{model.url}/v1") as library:
        clients = effort.clients(8)
        pairs = in_turn(_posting(ours, clients), _ordering(library, "complete", clients), effort.pairs)
        yield _at_most("not cached, hosted at 0 ms", "processor time", pairs, _microseconds, 1.15, "microseconds")
        model.behave(chunks=50)
        clients = effort.clients(1)
        listen = partial(ours.slice, partial(Target(ours.port, "/v1/trial/stream").listen, clients))
        pairs = in_turn(listen, _ordering(library, "stream", clients), effort.pairs)
        path = "stream of 50 chunks at 0 ms"
        yield _at_most(path, "processor time", pairs, _microseconds, 1.15, "microseconds")
        yield _added(path, "first", 1, pairs)
        model.behave(delay=0.05)
        # Without a rest, 64 clients ask for more than one core of the model library can do, on either side.
        clients = effort.clients(64, pause=0.15)
        pairs = in_turn(_posting(ours, clients), _ordering(library, "complete", clients), effort.pairs)
        for name, most in (("p50", 2), ("p99", 10)):
            yield _added("a 50 ms model with 64 clients", name, most, pairs)


def growth(effort: Effort) -> Iterator[Row]:
    room = str(2 * MANY_ENTRIES)
    with server(SERVE) as few:
        with server(variant("many_entries"), CACHE_MEMORY_ENTRIES=room) as many:
            yield _growth(f"{MANY_ENTRIES:,} cached entries against {KEPT}", many, few, effort)
        with server(variant("many_policies")) as many:
            yield _growth(f"{MANY_POLICIES} more operations", many, few, effort)


def policy(effort: Effort) -> Iterator[Row]:
    policies = Policies("simple", None, SystemClock())
    policies.declare("bench")
    guarded = policies["bench"]
    for name, call, target in (
        ("policy around a call", guarded.call, 2.0),
        ("the same with a deadline", lambda work: guarded.call(work, time.monotonic() + 60), 5.0),
    ):
        pairs = in_turn(partial(_each, call, effort.calls), partial(_each, _plain, effort.calls), effort.pairs)
        yield Row(name, "added microseconds", differences(pairs, lambda each: each * 1e6), target, at_most=True)


def importing(effort: Effort) -> Iterator[Row]:
    pairs = in_turn(partial(processor_of, "import app.main"), partial(processor_of, "import fastapi"), effort.pairs)
    yield _at_most("`import app.main`", "processor time", pairs, lambda seconds: seconds, 1.6, "s")


def start(effort: Effort) -> Iterator[Row]:
    """Seconds depend on the neighbours as well; processor time tells what was done."""
    pairs = in_turn(partial(_started, SERVE), partial(_started, BARE), effort.pairs)
    path = "exec to first answer, offline"
    yield _at_most(path, "seconds", pairs, lambda one: one.seconds, 1.4, "s")
    yield _at_most(path, "processor time", pairs, lambda one: one.processor, 1.4, "s")
    yield _at_most("memory after start", "RSS", pairs, lambda one: one.megabytes, 1.3, "MB")


PATHS: tuple[Callable[[Effort], Iterator[Row]], ...] = (
    l1_hit,
    l2_hit,
    costless,
    hosted,
    policy,
    importing,
    start,
    growth,
)


def _against_bare(
    path: str, ours: Process, bare: Process, variants: int, target: float, effort: Effort
) -> Iterator[Row]:
    clients = effort.clients(32)
    pairs = in_turn(_posting(ours, clients, variants), _posting(bare, clients, variants), effort.pairs)
    yield Row(path, "requests/s", ratios(pairs, _rate), target, note=_beside(pairs, _rate, "/s"))
    yield _at_most(path, "processor time", pairs, _microseconds, 1 / target, "microseconds")


def _growth(path: str, many: Process, few: Process, effort: Effort) -> Row:
    clients = effort.clients(32)
    pairs = in_turn(_posting(many, clients, KEPT), _posting(few, clients, KEPT), effort.pairs)
    return Row(path, "requests/s", ratios(pairs, _rate), 0.9, note=_beside(pairs, _rate, "/s"))


def _at_most(path: str, measure: str, pairs: Pairs[T], figure: Callable[[T], float], target: float, unit: str) -> Row:
    """The row of a ratio that may be at most `target`."""
    return Row(path, measure, ratios(pairs, figure), target, at_most=True, note=_beside(pairs, figure, unit))


def _added(path: str, name: str, most: float, pairs: Pairs[Slice]) -> Row:
    """The row of a latency that may be at most so many milliseconds longer."""
    figure = partial(_milliseconds, name)
    added, note = differences(pairs, figure), _beside(pairs, figure, "ms")
    return Row(path, f"added to {name}, ms", added, most, at_most=True, note=note)


def _posting(process: Process, clients: Clients, variants: int = NEW) -> Callable[[], Slice]:
    return partial(process.slice, partial(Target(process.port, variants=variants).drive, clients))


def _ordering(process: Process, call: str, clients: Clients) -> Callable[[], Slice]:
    return partial(process.slice, partial(process.order, call, clients))


@dataclass(frozen=True, slots=True)
class _Start:
    """At the first answer of a new process."""

    seconds: float
    processor: float
    megabytes: float


def _started(module: tuple[str, ...]) -> _Start:
    begun = time.perf_counter()
    with server(module) as process:
        return _Start(time.perf_counter() - begun, process.processor(), process.megabytes())


async def _answer() -> int:
    return 1


async def _plain(work: Callable[[], Awaitable[int]]) -> int:
    return await work()


def _each(call: Callable[[Callable[[], Awaitable[int]]], Awaitable[int]], times: int) -> float:
    """Seconds for one call."""

    async def run() -> float:
        begun = time.process_time()
        for _ in range(times):
            await call(_answer)
        return (time.process_time() - begun) / times

    return asyncio.run(run())


def _rate(one: Slice) -> float:
    return one.rate


def _microseconds(one: Slice) -> float:
    return one.processor_each * 1e6


def _milliseconds(name: str, one: Slice) -> float:
    seconds: float = getattr(one.sample, name)
    return seconds * 1e3


def _beside(pairs: Pairs[T], figure: Callable[[T], float], unit: str) -> str:
    """The figures behind a ratio."""
    ours, other = typical(pairs, figure)
    shown = "{:,.0f} against {:,.0f} {}" if min(ours, other) >= 10 else "{:.2f} against {:.2f} {}"
    return shown.format(ours, other, unit)
