"""What a scrape shows before anything has happened, and what is counted where no price is known."""

import time

import pytest

from app.core.events import Events, FleetChanged, ModelCalled
from app.infrastructure.monitoring import Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("access_refused_total", {"code": "unknown_key"}),
        ("singleflight_followers_total", {"scope": "process"}),
        ("singleflight_followers_total", {"scope": "fleet"}),
        ("llm_unpriced_calls_total", {}),
        ("llm_cost_usd_total", {}),
    ],
)
def test_a_counter_that_alerts_add_or_increase_is_there_at_zero(name: str, labels: dict[str, str]) -> None:
    assert value(Metrics(Events()), name, **labels) == 0


def test_the_start_of_the_process_is_shown() -> None:
    before = time.time()
    shown = value(Metrics(Events()), "process_start_time_seconds")
    assert shown is not None
    assert before <= shown <= time.time()


@pytest.mark.parametrize(("cost", "unpriced"), [(None, 1), (0.0, 0), (0.25, 0)])
def test_only_a_call_of_unknown_price_counts_as_unpriced(cost: float | None, unpriced: int) -> None:
    events = Events()
    metrics = Metrics(events)
    events(ModelCalled("tea.make", "scripted", "scripted:one", "success", 7, 3, cost, None, 1.5))
    assert value(metrics, "llm_unpriced_calls_total") == unpriced


def test_a_process_counts_itself_until_it_knows_others() -> None:
    events = Events()
    metrics = Metrics(events)
    assert value(metrics, "fleet_instances") == 1
    events(FleetChanged(4, connected=True))
    assert value(metrics, "fleet_instances") == 4
