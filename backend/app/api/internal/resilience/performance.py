"""What the resilience parts cost on this machine, now and before."""

import asyncio
import sys
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.api.internal.shapes import audit
from app.core.errors import InternalError, NotFound, RateLimited
from app.core.schemas import Name, Number
from app.deps import Operator, Reader, Visitor
from app.infrastructure.fleet import readable
from app.infrastructure.resilience.alerts import thresholds as alert_thresholds
from app.infrastructure.resilience.benchmarks import Report, suite
from app.infrastructure.resilience.reports import Comparison, compare, report_of, text_report

router = APIRouter(prefix="/internal/resilience/performance", tags=["resilience"])
BENCHMARKS = "benchmarks"
"""The stream of the history that runs are kept in."""

BEFORE_THE_FIRST: dict[int | str, dict[str, Any]] = {404: {}, 503: {}}
"""How reading fails before the first run, and while Redis is lost."""

LONGEST_RUN = 60.0
MOST_RUNS = 100


class Run(BaseModel):
    """`at` in seconds since the epoch; the instance whose machine was measured."""

    at: float = Field(ge=0, le=1e12)
    instance: Name
    report: Report


class Runs(BaseModel):
    runs: Annotated[list[Run], Field(max_length=MOST_RUNS)]


class Thresholds(BaseModel):
    """Milliseconds that each benchmark may take, and the numbers that alerts depend on."""

    benchmarks: dict[Name, Number]
    alerts: dict[str, Any]


class Compared(BaseModel):
    """The latest run against the median of the runs before it."""

    run: Run
    comparison: Annotated[list[Comparison], Field(max_length=100)]


@router.get("/benchmark", responses=BEFORE_THE_FIRST)
async def latest(visitor: Reader) -> Run:
    """The latest run."""
    return (await _runs(visitor, 1))[0]


@router.post("/benchmark")
async def run_benchmark(visitor: Operator) -> Run:
    """Run the suite now, in a process of its own on the machine of the instance that answers; takes some seconds."""
    running = visitor.resources.benchmark_running
    if running.locked():
        raise RateLimited("A benchmark is running on this instance already.", retry_after=LONGEST_RUN)
    async with running:
        report = await _measure()
    control = visitor.resources.control
    await control.history.append(BENCHMARKS, {"instance": control.fleet.me.id, "report": report})
    await audit(visitor, "benchmark.run", {}, {"pass_rate": report["pass_rate"]})
    return Run(at=visitor.resources.clock.now(), instance=control.fleet.me.id, report=report_of(report))


@router.get("/thresholds")
async def thresholds(visitor: Reader) -> Thresholds:
    """What counts as too slow, and what raises an alert."""
    return Thresholds(benchmarks={one.operation: one.threshold for one in suite()}, alerts=alert_thresholds())


@router.get("/report", response_model=Compared, responses=BEFORE_THE_FIRST | {200: {"content": {"text/plain": {}}}})
async def report(
    visitor: Reader, form: Annotated[Literal["json", "text"], Query(alias="format")] = "json"
) -> Compared | Response:
    """The latest run, and whether anything has become slower."""
    newest, *older = await _runs(visitor, MOST_RUNS)
    before = [run.report for run in reversed(older)]
    if form == "text":
        return Response(text_report(newest.report, before), media_type="text/plain; charset=utf-8")
    return Compared(run=newest, comparison=list(compare(newest.report, before)))


@router.get("/history", responses=BEFORE_THE_FIRST)
async def history(visitor: Reader, limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = 20) -> Runs:
    """The latest runs, the newest first."""
    return Runs(runs=await _runs(visitor, limit))


async def _runs(visitor: Visitor, limit: int) -> list[Run]:
    """Raises NotFound before the first run."""
    runs = list(readable(Run, await visitor.resources.control.history.read(BENCHMARKS, limit=MOST_RUNS)))
    if not runs:
        raise NotFound("No benchmark was run yet: POST /internal/resilience/performance/benchmark runs one.")
    return runs[:limit]


async def _measure() -> dict[str, Any]:
    """The suite's report from a fresh process, so that neither the event loop nor its memory is disturbed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "bench",
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LONGEST_RUN):
            said, _ = await child.communicate()
        found: dict[str, Any] = orjson.loads(said)
    except (TimeoutError, ValueError):
        raise InternalError("The benchmark did not finish.") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return found
