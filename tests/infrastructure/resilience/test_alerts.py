"""The life of an alert."""

import pytest

from app.infrastructure.resilience.alerts import CALM_SECONDS, MINIMUM_CALLS, RULES, Alerts, Sample, thresholds
from app.infrastructure.resilience.records import LATENCY_BOUNDS, Counts
from tests.support.clock import FakeClock

QUIET = Sample(Counts())


def errors(share: float, calls: int = 100) -> Sample:
    failures = round(share * calls)
    return Sample(Counts(successes=calls - failures, failures=failures))


def degraded(share: float, answers: int = 100) -> Sample:
    count = round(share * answers)
    return Sample(Counts(answers=answers, degraded=count))


def slow(calls: int, of: int = 100) -> Sample:
    """So many of the calls took between 10 and 30 seconds, the others up to 0.05."""
    steps = [of - calls, *(calls if bound == 30 else 0 for bound in LATENCY_BOUNDS[1:]), 0]
    return Sample(Counts(successes=of, latencies=tuple(steps)))


def names(alerts: Alerts, sample: Sample, now: float = 0) -> list[str]:
    return [alert.name for alert in alerts.evaluate(sample, now)]


@pytest.mark.parametrize(
    ("below", "at", "name"),
    [
        (errors(0.09), errors(0.10), "error_share"),
        (degraded(0.09), degraded(0.10), "degraded_share"),
        (slow(5), slow(6), "slow"),
        (QUIET, Sample(Counts(), redis_lost=True), "redis_lost"),
        (QUIET, Sample(Counts(), breakers=["a.one"]), "breaker_open"),
    ],
)
def test_an_alert_begins_at_its_threshold(below: Sample, at: Sample, name: str) -> None:
    assert names(Alerts(), below) == []
    assert names(Alerts(), at) == [name]


def test_shares_of_too_few_calls_raise_no_alert() -> None:
    assert names(Alerts(), errors(1, MINIMUM_CALLS - 1)) == []
    assert names(Alerts(), degraded(1, MINIMUM_CALLS - 1)) == []
    assert names(Alerts(), errors(1, MINIMUM_CALLS)) == ["error_share"]


def test_an_alert_tells_its_value_its_threshold_and_a_hint() -> None:
    (alert,) = Alerts().evaluate(errors(0.5), now=77)
    assert (alert.severity, alert.since, alert.value, alert.threshold) == ("critical", 77, 0.5, 0.10)
    assert alert.hint


def test_the_start_is_kept_and_the_value_is_the_latest() -> None:
    alerts, clock = Alerts(), FakeClock()
    begun = clock.now()
    alerts.evaluate(errors(0.5), clock.now())
    clock.advance(500)
    (alert,) = alerts.evaluate(errors(0.3), clock.now())
    assert (alert.since, alert.value) == (begun, 0.3)


def test_a_value_between_end_and_threshold_neither_begins_nor_ends_an_alert() -> None:
    alerts, clock = Alerts(), FakeClock()
    assert names(alerts, errors(0.07), clock.now()) == []
    assert names(alerts, errors(0.10), clock.now()) == ["error_share"]
    for _ in range(5):
        clock.advance(CALM_SECONDS)
        assert names(alerts, errors(0.05), clock.now()) == ["error_share"]


def test_an_alert_ends_after_a_minute_of_good_values() -> None:
    alerts, clock = Alerts(), FakeClock()
    alerts.evaluate(errors(0.5), clock.now())
    clock.advance(10)
    assert names(alerts, errors(0.04), clock.now()) == ["error_share"]
    clock.advance(CALM_SECONDS - 1)
    assert names(alerts, errors(0.04), clock.now()) == ["error_share"]
    clock.advance(1)
    assert names(alerts, errors(0.04), clock.now()) == []


def test_a_relapse_starts_the_minute_anew_and_keeps_the_alert() -> None:
    alerts, clock = Alerts(), FakeClock()
    begun = clock.now()
    alerts.evaluate(Sample(Counts(), breakers=["a.one"]), begun)
    for _ in range(3):
        clock.advance(CALM_SECONDS - 1)
        alerts.evaluate(QUIET, clock.now())
        clock.advance(1)
        (alert,) = alerts.evaluate(Sample(Counts(), breakers=["a.one"]), clock.now())
        assert (alert.since, alert.calm_since) == (begun, None)


def test_an_alert_without_traffic_to_feed_it_ends_too() -> None:
    alerts = Alerts()
    alerts.evaluate(errors(0.5), now=0)
    assert names(alerts, QUIET, now=1) == ["error_share"]
    assert names(alerts, QUIET, now=1 + CALM_SECONDS) == []


def test_an_alert_that_has_ended_begins_with_a_new_since() -> None:
    alerts = Alerts()
    alerts.evaluate(errors(0.5), now=0)
    alerts.evaluate(QUIET, now=1)
    alerts.evaluate(QUIET, now=100)
    (alert,) = alerts.evaluate(errors(0.5), now=200)
    assert alert.since == 200


def test_each_breaker_has_its_own_alert() -> None:
    alerts = Alerts()
    alerts.evaluate(Sample(Counts(), breakers=["a.one"]), now=1)
    found = alerts.evaluate(Sample(Counts(), breakers=["a.two", "a.one"]), now=2)
    assert [(alert.subject, alert.since) for alert in found] == [("a.one", 1), ("a.two", 2)]


def test_critical_alerts_come_before_warnings_and_old_ones_before_new_ones() -> None:
    alerts = Alerts()
    alerts.evaluate(Sample(Counts(), redis_lost=True), now=1)
    alerts.evaluate(Sample(errors(0.5).counts, redis_lost=True), now=2)
    found = names(alerts, Sample(errors(0.5).counts, ["a.one"], redis_lost=True), now=3)
    assert found == ["error_share", "breaker_open", "redis_lost"]


def test_a_new_process_goes_on_with_the_alerts_of_the_former() -> None:
    former = Alerts().evaluate(errors(0.5), now=5)
    (alert,) = Alerts(former).evaluate(errors(0.5), now=500)
    assert alert.since == 5


def test_an_alert_whose_rule_is_gone_is_forgotten() -> None:
    (former,) = Alerts().evaluate(errors(0.5), now=5)
    renamed = type(former)(**{name: getattr(former, name) for name in former.__slots__} | {"name": "gone"})
    assert Alerts([renamed]).evaluate(QUIET, now=6) == []


def test_the_thresholds_are_data_and_every_end_is_at_or_below_its_start() -> None:
    found = thresholds()
    assert {rule["name"] for rule in found["rules"]} == {rule.name for rule in RULES}
    assert all(rule["ends_below"] <= rule["threshold"] for rule in found["rules"])
    assert (found["calm_seconds"], found["minimum_calls"]) == (CALM_SECONDS, MINIMUM_CALLS)
