"""What the resilience parts cost on this machine, each against a threshold that says when something is badly wrong."""

import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from app.core.clock import SystemClock
from app.core.schemas import Count, Name, Number
from app.core.settings import Settings

from .breaker import Breaker
from .custom import CustomConfig, parse_custom
from .migrate import migrate
from .policies import Policies
from .presets import PRESETS, STRATEGIES
from .validation import validate_json

CUSTOM = '{"retry_attempts": 4, "circuit_breaker_threshold": 6, "default_strategy": "critical", "jitter_max": 1.5}'
LEGACY = {
    "RETRY_MAX_ATTEMPTS": "4",
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": "6",
    "DEFAULT_RESILIENCE_STRATEGY": "critical",
}
POLICIES = 50


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`threshold` is the mean, in milliseconds, above which the benchmark fails."""

    operation: str
    threshold: float
    iterations: int
    work: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Result:
    """Times in milliseconds, `peak_memory` in megabytes that one iteration allocated at most."""

    operation: Name
    iterations: Count
    mean: Number
    min: Number
    max: Number
    std_dev: Number
    p95: Number
    peak_memory: Number
    threshold: Number
    passed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """`pass_rate` in percent; `duration` of the whole run in seconds."""

    results: Annotated[tuple[Result, ...], Field(max_length=100)]
    pass_rate: Number
    duration: Number


def run_suite() -> Report:
    """Run every benchmark; takes about a second of processor time, so keep it off an event loop."""
    started = time.perf_counter()
    results = tuple(measure(benchmark) for benchmark in suite())
    passed = sum(result.passed for result in results)
    return Report(results, 100 * passed / len(results), time.perf_counter() - started)


def suite() -> list[Benchmark]:
    config = parse_custom(CUSTOM)
    breaker = Breaker("benchmark", 5, 60, SystemClock())
    policies = _policies(POLICIES, None)
    return [
        Benchmark("preset_loading", 10, 200, _load_presets),
        Benchmark("settings_initialization", 100, 20, Settings),
        Benchmark("resilience_config_loading", 50, 50, lambda: _policies(1, None)),
        Benchmark("service_initialization", 200, 20, lambda: _policies(POLICIES, config)),
        Benchmark("custom_config_loading", 100, 100, lambda: parse_custom(CUSTOM)),
        Benchmark("legacy_config_loading", 100, 100, lambda: migrate(LEGACY, policies)),
        Benchmark("validation", 50, 100, lambda: validate_json(CUSTOM, policies, "production")),
        Benchmark("breaker_call", 1, 1000, lambda: breaker.acquire().succeed()),
    ]


def measure(benchmark: Benchmark) -> Result:
    benchmark.work()
    times = [_milliseconds(benchmark.work) for _ in range(benchmark.iterations)]
    mean = statistics.fmean(times)
    return Result(
        operation=benchmark.operation,
        iterations=benchmark.iterations,
        mean=mean,
        min=min(times),
        max=max(times),
        std_dev=statistics.stdev(times),
        p95=statistics.quantiles(times, n=20)[-1],
        peak_memory=_peak_megabytes(benchmark.work),
        threshold=benchmark.threshold,
        passed=mean <= benchmark.threshold,
    )


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


def _peak_megabytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _load_presets() -> None:
    for preset in PRESETS.values():
        _ = STRATEGIES[preset.default_strategy]


def _policies(count: int, custom: CustomConfig | None) -> Policies:
    policies = Policies("simple", custom, SystemClock())
    for number in range(count):
        policies.declare(f"benchmark.operation_{number}")
    return policies
