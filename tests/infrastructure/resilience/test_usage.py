"""What operators read out of the records."""

import pytest

from app.infrastructure.resilience.records import NO_LATENCIES, Counts, Record
from app.infrastructure.resilience.usage import Change, performance_metrics, preset_trend, total, usage_statistics

FAST = (10, *NO_LATENCIES[1:])
RECORDS = [
    Record(100, "i1", "simple", "a.one", Counts(successes=8, failures=2, retries=3, latencies=FAST, answers=8)),
    Record(100, "i2", "simple", "a.two", Counts(successes=1)),
    Record(109.5, "i1", "simple", "a.one", Counts(failures=4)),
    Record(110, "i1", "production", "a.one", Counts(rejected=5, answers=5, degraded=5)),
    Record(125, "i1", "simple", "a.one", Counts(cancelled=1)),
]


def test_usage_is_counted_by_preset_and_by_operation() -> None:
    found = usage_statistics(RECORDS, [], now=200)
    assert found.calls == 21
    assert found.by_preset == {"production": 5, "simple": 16}
    assert found.by_operation == {"a.one": 20, "a.two": 1}


def test_changes_are_told_in_order_with_the_time_that_each_preset_was_in_force() -> None:
    changes = [
        Change(150, "simple", False, "calm again"),
        Change(100, "simple", False, "start"),
        Change(110, "production", True, "trouble"),
    ]
    found = usage_statistics([], changes, now=170)
    assert [change.at for change in found.changes] == [100, 110, 150]
    assert found.seconds == {"simple": 30, "production": 40}


def test_nothing_recorded_is_nothing_used() -> None:
    found = usage_statistics([], [], now=0)
    assert (found.calls, found.by_preset, found.by_operation, found.seconds, found.changes) == (0, {}, {}, {}, ())


def test_a_trend_has_a_point_for_every_bucket_and_the_numbers_of_one_preset() -> None:
    points = preset_trend(RECORDS, "simple", since=100, until=130, bucket=10)
    assert [(point.at, point.performance.calls) for point in points] == [(100, 15), (110, 0), (120, 1)]
    assert points[0].performance.error_share == pytest.approx(6 / 15)
    assert points[1].performance.error_share is None


def test_a_trend_takes_its_start_in_and_leaves_its_end_out() -> None:
    assert [p.performance.calls for p in preset_trend(RECORDS, "simple", 109.5, 125, 10)] == [4, 0]
    assert preset_trend(RECORDS, "simple", 100, 100, 10) == []


def test_performance_is_summed_over_instances_and_time() -> None:
    found = performance_metrics(RECORDS)["a.one"]
    assert (found.calls, found.retries) == (20, 3)
    assert found.error_share == pytest.approx(6 / 14)
    assert found.degraded_share == pytest.approx(5 / 13)
    assert (found.p50, found.p95, found.p99) == pytest.approx((0.025, 0.05, 0.05))


def test_the_total_of_records_is_their_sum() -> None:
    assert total(RECORDS).calls == 21
    assert total([]) == Counts()
