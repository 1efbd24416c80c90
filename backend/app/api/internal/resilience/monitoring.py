"""Looking back: usage, trends, alerts, who did what. Records are the fleet's, and outlive a restart with Redis."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from app.api.internal.shapes import AUDIT, Across, Chosen, across, as_json, audit
from app.control.watch import ALERTS, USAGE
from app.core.errors import FleetUnavailable, NotFound
from app.core.schemas import Closed, Name
from app.deps import JsonRoute, Operator, Reader, Visitor
from app.infrastructure.fleet import readable
from app.infrastructure.resilience import usage
from app.infrastructure.resilience.alerts import Alert
from app.infrastructure.resilience.records import Record
from app.infrastructure.resilience.usage import Performance, Point, Usage

from . import changes
from .changes import CHANGES, MOST_RECORDS
from .config import require_preset
from .performance import BENCHMARKS

router = APIRouter(prefix="/internal/resilience/monitoring", tags=["resilience"], route_class=JsonRoute)

Hours = Annotated[float, Query(gt=0, le=744, description="How far back to look")]
Stream = Literal["usage", "alerts", "changes", "benchmarks", "audit"]
STREAMS: dict[Stream, str] = {
    "usage": USAGE,
    "alerts": ALERTS,
    "changes": CHANGES,
    "benchmarks": BENCHMARKS,
    "audit": AUDIT,
}
MOST_POINTS = 10_000
WITHOUT_REDIS: dict[int | str, dict[str, Any]] = {503: {}}
"""How reading the history fails while Redis is lost."""


class Trend(BaseModel):
    preset: Name
    points: Annotated[list[Point], Field(max_length=MOST_POINTS)]


class AlertReport(BaseModel):
    """`now` are the alerts that are on in each instance, `past` those that began or ended, the newest first.

    `past` is null while Redis is lost.
    """

    now: Across[Annotated[list[Alert], Field(max_length=1000)]]
    past: Annotated[list[dict[str, Any]], Field(max_length=MOST_RECORDS)] | None


class Session(BaseModel):
    """Everything that one request of an operator did, by the id of that request."""

    id: Name
    records: Annotated[list[dict[str, Any]], Field(max_length=MOST_RECORDS)]


class Cleanup(Closed):
    """Remove records older than `older_than_hours` from these streams; the audit stays."""

    streams: list[Literal["usage", "alerts", "changes", "benchmarks"]] = Field(min_length=1, max_length=4)
    older_than_hours: float = Field(ge=0, le=87_600, strict=True)


class Cleaned(BaseModel):
    removed: dict[Name, Annotated[int, Field(ge=0, le=2**53)]]


@router.get("/usage-statistics", responses=WITHOUT_REDIS)
async def usage_statistics(visitor: Reader, hours: Hours = 24, instance: Chosen = None) -> Usage:
    """How many calls under which preset and of which operation, and what was put into force when."""
    now = visitor.resources.clock.now()
    found = await changes.since(visitor, now - hours * 3600)
    return usage.usage_statistics(await _records(visitor, hours, instance), found, now)


@router.get("/preset-trends/{preset}", responses=WITHOUT_REDIS)
async def preset_trends(
    preset: Annotated[str, Path(max_length=100)],
    visitor: Reader,
    hours: Hours = 24,
    bucket_minutes: Annotated[int, Query(ge=1, le=1440)] = 60,
    instance: Chosen = None,
) -> Trend:
    """How calls went while a preset was in force, in steps of time."""
    require_preset(preset)
    records = await _records(visitor, hours, instance)
    until = visitor.resources.clock.now()
    since, step = until - hours * 3600, bucket_minutes * 60
    points = usage.preset_trend(records, preset, since, until, max(step, hours * 3600 / MOST_POINTS))
    return Trend(preset=preset, points=points)


@router.get("/performance-metrics", responses=WITHOUT_REDIS)
async def performance_metrics(visitor: Reader, hours: Hours = 1, instance: Chosen = None) -> dict[Name, Performance]:
    """Latencies and shares by operation, over the fleet."""
    return usage.performance_metrics(await _records(visitor, hours, instance))


@router.get("/alerts")
async def alerts(visitor: Reader, hours: Hours = 24, instance: Chosen = None) -> AlertReport:
    """What should worry somebody now, since when, and what to look at; and what did before."""
    said = await visitor.resources.control.fleet.ask("alerts", None, instance)
    try:
        past = await _read(visitor, "alerts", hours)
    except FleetUnavailable:
        past = None
    return AlertReport(now=across(visitor, said, list[Alert]), past=past)


@router.get("/session/{session_id}", responses=WITHOUT_REDIS)
async def session(
    session_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,128}$", max_length=128)],
    visitor: Reader,
    hours: Hours = 168,
) -> Session:
    """What was done under one request id."""
    found = [record for record in await _read(visitor, "audit", hours) if record.get("request_id") == session_id]
    if not found:
        raise NotFound("Nothing was recorded under this request id.")
    return Session(id=session_id, records=found)


@router.get(
    "/export",
    response_model=None,
    responses=WITHOUT_REDIS | {200: {"content": {"application/json": {}, "text/csv": {}}}},
)
async def export(
    visitor: Reader,
    stream: Stream = "usage",
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    hours: Hours = 24,
) -> Response:
    """The records of one stream as they are kept, the newest first."""
    records = await _read(visitor, stream, hours)
    if form == "json":
        return as_json(records)
    name = f'attachment; filename="{stream}.csv"'
    return Response(_csv(records), media_type="text/csv", headers={"Content-Disposition": name})


@router.post("/cleanup", response_model=Cleaned)
async def cleanup(body: Cleanup, visitor: Operator) -> Response:
    """Remove old records."""
    control = visitor.resources.control
    before = visitor.resources.clock.now() - body.older_than_hours * 3600
    removed = {stream: await control.history.clear(STREAMS[stream], before) for stream in sorted(set(body.streams))}
    await audit(visitor, "monitoring.cleanup", {"before": before}, {"removed": removed})
    return as_json(Cleaned(removed=removed))


async def _read(visitor: Visitor, stream: Stream, hours: float) -> list[dict[str, Any]]:
    since = visitor.resources.clock.now() - hours * 3600
    return await visitor.resources.control.history.read(STREAMS[stream], since, MOST_RECORDS)


async def _records(visitor: Visitor, hours: float, instance: str | None) -> list[Record]:
    """What was written down, and what the instances have not written down yet."""
    said = await visitor.resources.control.fleet.ask("usage", None, instance)
    written = readable(Record, await _read(visitor, "usage", hours))
    now = visitor.resources.clock.now()  # clocks of other machines may be ahead
    unwritten = readable(Record, (row for rows in said.replies.values() for row in rows))
    return [
        *(record for record in written if instance in (None, record.instance)),
        *(replace(record, at=now) for record in unwritten),
    ]


def _csv(records: Iterable[dict[str, Any]]) -> str:
    """A column for each key that any record has; nested values as JSON, and nothing that a spreadsheet would run."""
    rows = list(records)
    columns = sorted({key for row in rows for key in row})
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple("=+-@\t\r\n")) else value
