"""Counting, adding up, and the way through JSON."""

import json
from dataclasses import asdict

import pytest

from app.core.events import Answered, CallFinished, Degraded, Events
from app.infrastructure.fleet import readable
from app.infrastructure.resilience.records import LATENCY_BOUNDS, Counts, Record, Recorder


def latencies(**seconds: int) -> tuple[int, ...]:
    """Counts by upper bound: `s10=3` is three calls of up to ten seconds, `more` those beyond the last."""
    steps = [*(f"s{bound:g}".replace(".", "_") for bound in LATENCY_BOUNDS), "more"]
    assert seconds.keys() <= set(steps)
    return tuple(seconds.get(step, 0) for step in steps)


def test_events_become_one_record_for_each_operation() -> None:
    events = Events()
    recorder = Recorder(events)
    events(CallFinished("a.one", "success", 1, 0.05))
    events(CallFinished("a.one", "failure", 3, 61))
    events(CallFinished("a.one", "rejected", 0, 0))
    events(CallFinished("a.one", "cancelled", 1, 7))
    events(Answered("a.two", "cache"))
    events(Answered("a.two", "stale"))
    events(Degraded("a.two", "circuit_open"))
    one, two = recorder.take(9, "host", "simple")
    assert one == Record(9, "host", "simple", "a.one", Counts(1, 1, 1, 1, 2, 0, latencies(s0_05=1, more=1)))
    assert two == Record(9, "host", "simple", "a.two", Counts(answers=2, degraded=1))
    assert one.counts.calls == 4


def test_what_was_taken_is_not_counted_again() -> None:
    events = Events()
    recorder = Recorder(events)
    events(CallFinished("a.one", "success", 1, 1))
    assert len(recorder.take(1, "host", "simple")) == 1
    assert recorder.take(2, "host", "simple") == []


def test_counts_add_up_field_by_field() -> None:
    one, two = Counts(1, 2, 3, 4, 5, 6, latencies(s1=1), 7), Counts(10, 20, 30, 40, 50, 60, latencies(s1=2, s5=7), 70)
    assert one + two == Counts(11, 22, 33, 44, 55, 66, latencies(s1=3, s5=7), 77)


def test_a_record_comes_back_from_json_unchanged() -> None:
    record = Record(9.5, "host", "simple", "a.one", Counts(1, 2, 3, 4, 5, 6, latencies(s5=3), 7))
    assert list(readable(Record, [json.loads(json.dumps(asdict(record)))])) == [record]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "x"},
        {"at": 1e13},
        {"instance": None},
        {"operation": "x" * 201},
        {"counts": 5},
        {"counts": {"successes": -1}},
        {"counts": {"successes": 10**10}},
        {"counts": {"latencies": [1]}},
    ],
)
def test_what_does_not_add_up_is_no_record(wrong: dict[str, object]) -> None:
    record = asdict(Record(9.5, "host", "simple", "a.one", Counts()))
    assert list(readable(Record, [record | wrong, {}, record])) == [Record(**record | {"counts": Counts()})]


def test_shares_lie_between_nothing_and_everything() -> None:
    assert (Counts().error_share, Counts().degraded_share) == (None, None)
    assert Counts(successes=3, failures=1, rejected=9, cancelled=9).error_share == 0.25
    assert Counts(successes=3, answers=4, degraded=1).degraded_share == 0.25
    assert Counts(failures=4, answers=4, degraded=4).degraded_share == 1


@pytest.mark.parametrize(
    ("seen", "percent", "seconds"),
    [
        (latencies(), 95, None),
        (latencies(s0_05=1), 50, 0.05),
        (latencies(s10=100), 95, 9.75),
        (latencies(s10=95, s30=5), 95, 10),
        (latencies(s10=94, s30=6), 95, 10 + 20 / 6),
        (latencies(s1=1, more=9), 99, 60),
    ],
)
def test_percentiles_are_estimated_within_a_step(seen: tuple[int, ...], percent: int, seconds: float | None) -> None:
    assert Counts(latencies=seen).percentile(percent) == (None if seconds is None else pytest.approx(seconds))
