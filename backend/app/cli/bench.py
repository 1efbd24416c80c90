"""`bench`: what the resilience parts cost on this machine."""

from dataclasses import asdict

import typer

from app.infrastructure.resilience.benchmarks import run_suite

from .output import AsJson, say_json, say_table, wrong_settings_named

COLUMNS = ("operation", "iterations", "mean", "std_dev", "p95", "max", "threshold", "passed")


def bench(as_json: AsJson = False) -> None:
    """Milliseconds and megabytes. Exit code 1 when a benchmark is over its threshold."""
    with wrong_settings_named():
        report = run_suite()
    if as_json:
        say_json(asdict(report))
    else:
        rows = [[_cell(getattr(result, column)) for column in COLUMNS] for result in report.results]
        say_table(COLUMNS, rows)
        typer.echo(f"{report.pass_rate:.0f} % passed in {report.duration:.1f} s")
    if report.pass_rate < 100:
        raise typer.Exit(1)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
