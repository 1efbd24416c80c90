"""When the next attempt begins, and when there is none."""

import subprocess
import sys

import pytest

from app.core.errors import ProviderBusy, ProviderInterrupted, ProviderUnavailable
from app.infrastructure.resilience.policy import Policy
from app.infrastructure.resilience.presets import STRATEGIES, StrategyName
from app.infrastructure.resilience.retry import backoff
from tests.support.clock import FakeClock

from .helpers import Upstream


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def policy(clock: FakeClock, strategy: StrategyName, chance: float = 0) -> Policy:
    return Policy("area.deed", STRATEGIES[strategy], clock, random=lambda: chance)


@pytest.mark.parametrize(
    ("strategy", "waits"),
    [
        ("aggressive", [1, 1, 2, 4, 5, 5]),
        ("balanced", [2, 2, 4, 8, 10, 10]),
        ("conservative", [4, 4, 8, 16, 30, 30]),
        ("critical", [3, 3, 6, 12, 24, 48, 60]),
    ],
)
def test_waits_double_between_the_least_and_the_most(strategy: StrategyName, waits: list[float]) -> None:
    numbers = STRATEGIES[strategy]
    assert [backoff(numbers, n, ProviderUnavailable(), 0) for n in range(1, len(waits) + 1)] == waits


def test_jitter_comes_on_top() -> None:
    assert backoff(STRATEGIES["balanced"], 1, ProviderUnavailable(), 0.5) == 3
    assert backoff(STRATEGIES["balanced"], 9, ProviderUnavailable(), 1) == 12


@pytest.mark.parametrize("asked", [0, 0.5, 20])
async def test_the_wait_that_the_provider_asks_for_replaces_ours(clock: FakeClock, asked: float) -> None:
    upstream = Upstream(ProviderBusy(retry_after=asked), "answer")
    assert await policy(clock, "balanced", chance=1).call(upstream) == "answer"
    assert clock.slept == [asked]


async def test_no_attempt_begins_after_the_total_delay(clock: FakeClock) -> None:
    upstream = Upstream(ProviderUnavailable(), clock=clock, seconds=7)
    with pytest.raises(ProviderUnavailable):
        await policy(clock, "aggressive", chance=1).call(upstream)
    assert upstream.calls == 2, "7 s of work and 3 s of waiting are just the 10 s allowed"
    slower = Upstream(ProviderUnavailable(), clock=clock, seconds=7.5)
    with pytest.raises(ProviderUnavailable):
        await policy(clock, "aggressive", chance=1).call(slower)
    assert slower.calls == 1


async def test_a_wait_longer_than_the_total_delay_is_not_begun(clock: FakeClock) -> None:
    with pytest.raises(ProviderBusy) as error:
        await policy(clock, "balanced").call(Upstream(ProviderBusy(retry_after=31)))
    assert error.value.retry_after == 31
    assert clock.slept == []


@pytest.mark.parametrize(("seconds", "calls"), [(2, 1), (2.5, 2), (4, 2), (4.5, 3)])
async def test_no_wait_outlives_the_deadline(clock: FakeClock, seconds: float, calls: int) -> None:
    upstream = Upstream(ProviderUnavailable())
    deadline = clock.monotonic() + seconds
    with pytest.raises(ProviderUnavailable):
        await policy(clock, "balanced").call(upstream, deadline)
    assert upstream.calls == calls
    assert clock.monotonic() < deadline


async def test_a_retry_ends_at_the_first_error_that_may_not_be_repeated(clock: FakeClock) -> None:
    upstream = Upstream(ProviderUnavailable(), ProviderInterrupted())
    with pytest.raises(ProviderInterrupted):
        await policy(clock, "critical").call(upstream)
    assert upstream.calls == 2


def test_tenacity_is_not_imported_before_something_fails() -> None:
    program = "import sys, app.infrastructure.resilience; sys.exit('tenacity' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
