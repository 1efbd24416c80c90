"""Benchmark results for a person, and against the runs before."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.schemas import Name, Number

from .benchmarks import Report, Result

REGRESSION_FACTOR = 2.0
"""A benchmark that takes that many times its usual time has got worse; less is noise of the machine."""

RUNS_COMPARED = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """Milliseconds: `usual` is the median mean of the latest runs, None before the first."""

    operation: Name
    mean: Number
    usual: Number | None
    factor: Number | None
    regression: bool


def report_of(data: Mapping[str, Any]) -> Report:
    """The inverse of `dataclasses.asdict`, also after a journey as JSON."""
    return Report(**{**data, "results": tuple(Result(**result) for result in data["results"])})


def compare(report: Report, history: Sequence[Report]) -> tuple[Comparison, ...]:
    """`history` is the runs before this one, the oldest first."""
    recent = history[-RUNS_COMPARED:]
    return tuple(_compared(result, recent) for result in report.results)


def text_report(report: Report, history: Sequence[Report] = ()) -> str:
    """A table of fixed width that ends with the verdict."""
    compared = compare(report, history)
    regressions = [one.operation for one in compared if one.regression]
    lines = [f"{'operation':<28}{'mean ms':>10}{'p95 ms':>10}{'limit ms':>10}{'times usual':>13}  verdict"]
    lines += map(_row, report.results, compared)
    lines.append(f"{report.pass_rate:.0f} % passed in {report.duration:.1f} s")
    if regressions:
        lines.append(f"At least {REGRESSION_FACTOR:g} times slower than usual: {', '.join(regressions)}")
    return "\n".join(lines)


def _row(result: Result, compared: Comparison) -> str:
    factor = "-" if compared.factor is None else f"{compared.factor:.2f}"
    verdict = "slow" if not result.passed else "worse" if compared.regression else "ok"
    numbers = f"{result.mean:>10.4f}{result.p95:>10.4f}{result.threshold:>10g}{factor:>13}"
    return f"{result.operation:<28}{numbers}  {verdict}"


def _compared(result: Result, recent: Sequence[Report]) -> Comparison:
    means = [past.mean for report in recent for past in report.results if past.operation == result.operation]
    usual = statistics.median(means) if means else None
    factor = result.mean / usual if usual else None
    return Comparison(result.operation, result.mean, usual, factor, factor is not None and factor > REGRESSION_FACTOR)
