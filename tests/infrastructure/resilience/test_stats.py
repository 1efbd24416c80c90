"""What operators read."""

from app.infrastructure.resilience.stats import LATENCIES_KEPT, Stats


def test_percentiles_are_taken_from_the_calls_that_reached_the_provider() -> None:
    stats = Stats()
    for seconds in range(100, 0, -1):
        stats.finished("success" if seconds % 2 else "failure", 1, seconds, now=0)
    stats.finished("rejected", 0, 0, now=0)
    stats.finished("cancelled", 1, 5000, now=0)
    seen = stats.snapshot()
    assert (seen.p50, seen.p95, seen.p99) == (50, 95, 99)


def test_there_are_no_percentiles_before_the_first_call() -> None:
    seen = Stats().snapshot()
    assert (seen.p50, seen.p95, seen.p99, seen.last_success, seen.last_failure) == (None,) * 5


def test_only_the_latest_calls_are_remembered() -> None:
    stats = Stats()
    for _ in range(LATENCIES_KEPT):
        stats.finished("success", 1, 100, now=0)
    for _ in range(LATENCIES_KEPT):
        stats.finished("success", 1, 1, now=0)
    seen = stats.snapshot()
    assert seen.p99 == 1
    assert seen.calls == 2 * LATENCIES_KEPT


def test_attempts_beyond_the_first_are_retries() -> None:
    stats = Stats()
    for attempts in (0, 1, 4):
        stats.finished("failure", attempts, 1, now=7)
    seen = stats.snapshot()
    assert (seen.attempts, seen.retries, seen.last_failure) == (5, 3, 7)
