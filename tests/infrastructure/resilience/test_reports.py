"""Benchmark runs against those before them."""

import json
from dataclasses import asdict

import pytest

from app.infrastructure.resilience.benchmarks import Report, Result, run_suite
from app.infrastructure.resilience.reports import REGRESSION_FACTOR, RUNS_COMPARED, compare, report_of, text_report


def run(mean: float, operation: str = "breaker_call", threshold: float = 100) -> Report:
    passed = mean <= threshold
    result = Result(operation, 10, mean, mean, mean, 0.0, mean, 0.1, threshold, passed)
    return Report((result,), 100.0 * passed, 1.0)


def test_the_suite_has_the_eight_benchmarks_with_their_thresholds() -> None:
    report = run_suite()
    assert {result.operation: result.threshold for result in report.results} == {
        "preset_loading": 10,
        "settings_initialization": 100,
        "resilience_config_loading": 50,
        "service_initialization": 200,
        "custom_config_loading": 100,
        "legacy_config_loading": 100,
        "validation": 50,
        "breaker_call": 1,
    }
    assert report_of(json.loads(json.dumps(asdict(report)))) == report


def test_a_first_run_is_compared_with_nothing() -> None:
    (found,) = compare(run(1), [])
    assert (found.usual, found.factor, found.regression) == (None, None, False)


@pytest.mark.parametrize(("mean", "regression"), [(2 * REGRESSION_FACTOR, False), (2.01 * REGRESSION_FACTOR, True)])
def test_a_regression_is_more_than_the_factor_over_the_median(mean: float, regression: bool) -> None:
    (found,) = compare(run(mean), [run(2), run(1000), run(2)])
    assert (found.usual, found.regression) == (2, regression)
    assert found.factor == pytest.approx(mean / 2)


def test_only_the_latest_runs_are_compared() -> None:
    (found,) = compare(run(10), [run(1)] * 50 + [run(10)] * RUNS_COMPARED)
    assert found.usual == 10


def test_a_benchmark_that_older_runs_lack_is_compared_with_nothing() -> None:
    (found,) = compare(run(10, "validation"), [run(1, "breaker_call")])
    assert found.usual is None


def test_the_text_gives_one_line_to_each_benchmark_and_names_regressions() -> None:
    lines = text_report(run(9), [run(3)]).splitlines()
    assert lines[1].split() == ["breaker_call", "9.0000", "9.0000", "100", "3.00", "worse"]
    assert lines[-1].endswith("breaker_call")
    assert "100 % passed" in text_report(run(9)).splitlines()[-1]


def test_the_text_says_what_is_over_its_threshold() -> None:
    assert text_report(run(101)).splitlines()[1].split()[-2:] == ["-", "slow"]
