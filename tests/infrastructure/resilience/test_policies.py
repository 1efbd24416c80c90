"""Which numbers are in force for which policy, and who said so."""

from typing import Any

import pytest

from app.core.errors import ProviderUnavailable
from app.infrastructure.resilience.custom import CustomConfig
from app.infrastructure.resilience.policies import Policies
from tests.support.clock import FakeClock

from .helpers import Upstream


def make(preset: str = "simple", **custom: Any) -> Policies:
    policies = Policies(preset, CustomConfig(**custom) if custom else None, FakeClock())
    policies.declare("area.plain")
    policies.declare("area.patient", "critical")
    return policies


@pytest.mark.parametrize(
    ("name", "preset", "custom", "strategy", "origin"),
    [
        ("area.plain", "simple", {}, "balanced", "preset"),
        ("area.plain", "development", {}, "aggressive", "preset"),
        ("area.plain", "production", {}, "conservative", "preset"),
        ("area.plain", "simple", {"default_strategy": "aggressive"}, "aggressive", "custom"),
        ("area.patient", "simple", {}, "critical", "operation"),
        ("area.patient", "simple", {"default_strategy": "aggressive"}, "critical", "operation"),
        ("area.patient", "simple", {"operation_overrides": {"area.patient": "balanced"}}, "balanced", "override"),
        ("area.patient", "simple", {"operation_overrides": {"patient": "balanced"}}, "balanced", "override"),
        ("area.plain", "simple", {"operation_overrides": {"patient": "critical"}}, "balanced", "preset"),
        (
            "area.plain",
            "simple",
            {"operation_overrides": {"plain": "critical", "area.plain": "conservative"}},
            "conservative",
            "override",
        ),
    ],
)
def test_the_strategy_is_the_first_that_somebody_named(
    name: str, preset: str, custom: dict[str, Any], strategy: str, origin: str
) -> None:
    effective = make(preset, **custom).effective(name)
    assert (effective.strategy, effective.strategy_origin) == (strategy, origin)


@pytest.mark.parametrize(
    ("name", "preset", "custom", "field", "value", "origin"),
    [
        ("area.patient", "simple", {}, "exponential_max", 60, "strategy"),
        ("area.patient", "simple", {}, "retry_attempts", 3, "preset"),
        ("area.patient", "production", {}, "circuit_breaker_threshold", 10, "preset"),
        ("area.patient", "production", {}, "recovery_timeout", 120, "preset"),
        ("area.patient", "simple", {"retry_attempts": 6}, "retry_attempts", 6, "custom"),
        ("area.plain", "simple", {"default_strategy": "critical"}, "retry_attempts", 3, "preset"),
        ("area.plain", "simple", {"default_strategy": "critical"}, "max_delay_seconds", 300, "strategy"),
        ("area.plain", "simple", {"max_delay_seconds": 45}, "max_delay_seconds", 45, "custom"),
        ("area.plain", "simple", {"jitter_max": 4}, "jitter_max", 4, "custom"),
        ("area.plain", "simple", {"jitter_max": 4, "jitter_enabled": False}, "jitter_max", 0, "custom"),
        ("area.plain", "simple", {"jitter_enabled": True}, "jitter_max", 2, "strategy"),
        (
            "area.plain",
            "simple",
            {"operation_overrides": {"plain": "critical"}, "retry_attempts": 1},
            "retry_attempts",
            7,
            "override",
        ),
        (
            "area.plain",
            "simple",
            {"operation_overrides": {"plain": "critical"}, "jitter_max": 1},
            "jitter_max",
            5,
            "override",
        ),
    ],
)
def test_each_number_comes_from_the_highest_that_names_it(
    name: str, preset: str, custom: dict[str, Any], field: str, value: float, origin: str
) -> None:
    policies = make(preset, **custom)
    effective = policies.effective(name)
    assert getattr(effective.numbers, field) == value
    assert effective.origins[field] == origin
    assert policies[name].numbers == effective.numbers, "what is shown is what runs"


def test_reading_an_unknown_name_makes_no_policy() -> None:
    policies = make()
    with pytest.raises(KeyError):
        policies["area.unknown"]
    with pytest.raises(KeyError):
        policies.effective("area.unknown")
    assert policies.get("area.unknown") is None
    assert list(policies) == ["area.plain", "area.patient"]


def test_the_same_policy_is_returned_every_time() -> None:
    policies = make()
    assert policies["area.plain"] is policies["area.plain"]
    assert policies["area.plain"] is not policies["area.patient"]


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match=r"area\.plain"):
        make().declare("area.plain")


def test_an_unknown_strategy_names_itself_and_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"area\.new wants the strategy heroic.*critical"):
        make().declare("area.new", "heroic")  # type: ignore[arg-type]


def test_an_unknown_preset_names_itself_and_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"heroic.*simple, development, production"):
        make("heroic")


async def test_applying_changes_running_policies_and_keeps_their_state() -> None:
    policies = make()
    policy = policies["area.plain"]
    with pytest.raises(ProviderUnavailable):
        await policy.call(Upstream(ProviderUnavailable()))
    policies["area.patient"].breaker.force_open(50)
    policies.apply("production", CustomConfig(circuit_breaker_threshold=4))
    assert policies["area.plain"] is policy
    assert policies.effective("area.plain").numbers.retry_attempts == 5
    assert policies["area.patient"].breaker.state == "open"
    assert policy.metrics().failures == 1
    upstream = Upstream(ProviderUnavailable())
    with pytest.raises(ProviderUnavailable):
        await policy.call(upstream)
    assert upstream.calls == 1, "three failures from before and one more reach the new threshold"


def test_applying_without_a_preset_keeps_it_and_without_a_custom_config_drops_that() -> None:
    policies = make("production", retry_attempts=9)
    policies.apply(custom=CustomConfig(recovery_timeout=33))
    assert policies.preset == "production"
    assert policies["area.plain"].numbers.retry_attempts == 5
    assert policies["area.plain"].numbers.recovery_timeout == 33
    policies.apply("simple")
    assert policies.custom is None
    assert policies["area.plain"].numbers.recovery_timeout == 60


def test_a_policy_declared_after_an_application_runs_on_the_new_numbers() -> None:
    policies = make()
    policies.apply("production")
    policies.declare("area.late")
    assert policies["area.late"].numbers.retry_attempts == 5


def test_planning_shows_the_outcome_and_changes_nothing() -> None:
    policies = make()
    planned = policies.plan("development")
    assert planned["area.plain"].numbers.retry_attempts == 2
    assert policies["area.plain"].numbers.retry_attempts == 3
    assert policies.preset == "simple"
    assert policies.apply("development") == planned


@pytest.mark.parametrize(
    ("preset", "custom", "words"),
    [
        (None, {"exponential_max": 5, "operation_overrides": {"area.lost": "critical"}}, r"area\.lost"),
        ("heroic", {"retry_attempts": 1}, "heroic"),
        (None, {"exponential_min": 10}, r"area\.plain.*balanced.*exponential_min \(10\)"),
    ],
)
def test_a_config_that_does_not_fit_changes_no_policy(preset: str | None, custom: dict[str, Any], words: str) -> None:
    policies = make()
    before = {name: policy.numbers for name, policy in policies.items()}
    with pytest.raises(ValueError, match=words):
        policies.apply(preset, CustomConfig(**custom))
    assert {name: policy.numbers for name, policy in policies.items()} == before
    assert (policies.preset, policies.custom) == ("simple", None)


def test_an_override_of_an_unknown_operation_names_it_and_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"names lost\. Known: area\.patient, area\.plain"):
        make(operation_overrides={"lost": "critical"}).reject_unknown_overrides()
    make(operation_overrides={"plain": "critical", "area.patient": "balanced"}).reject_unknown_overrides()
    make().reject_unknown_overrides()


def test_an_override_that_fits_two_operations_is_refused() -> None:
    policies = make(operation_overrides={"plain": "critical"})
    policies.declare("yard.plain")
    with pytest.raises(ValueError, match=r"area\.plain or yard\.plain"):
        policies.reject_unknown_overrides()
