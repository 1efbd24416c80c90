"""How hard to try: the named sets of numbers that an operator chooses from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

StrategyName = Literal["aggressive", "balanced", "conservative", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Everything a policy runs on: attempts and failures are counts, the rest but the multiplier is seconds.

    `circuit_breaker_threshold` is the number of failures in a row that opens the breaker.
    """

    retry_attempts: int
    max_delay_seconds: float
    exponential_multiplier: float
    exponential_min: float
    exponential_max: float
    jitter_max: float
    circuit_breaker_threshold: int
    recovery_timeout: float

    def __post_init__(self) -> None:
        if self.exponential_min >= self.exponential_max:
            low, high = self.exponential_min, self.exponential_max
            raise ValueError(f"exponential_min ({low:g}) must be less than exponential_max ({high:g})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Three numbers that win over those of any strategy, and the strategy of operations that name none."""

    retry_attempts: int
    circuit_breaker_threshold: int
    recovery_timeout: float
    default_strategy: StrategyName
    description: str


STRATEGIES: Mapping[StrategyName, Numbers] = {
    "aggressive": Numbers(
        retry_attempts=2,
        max_delay_seconds=10,
        exponential_multiplier=0.5,
        exponential_min=1,
        exponential_max=5,
        jitter_max=2,
        circuit_breaker_threshold=3,
        recovery_timeout=30,
    ),
    "balanced": Numbers(
        retry_attempts=3,
        max_delay_seconds=30,
        exponential_multiplier=1,
        exponential_min=2,
        exponential_max=10,
        jitter_max=2,
        circuit_breaker_threshold=5,
        recovery_timeout=60,
    ),
    "conservative": Numbers(
        retry_attempts=5,
        max_delay_seconds=120,
        exponential_multiplier=2,
        exponential_min=4,
        exponential_max=30,
        jitter_max=2,
        circuit_breaker_threshold=8,
        recovery_timeout=120,
    ),
    "critical": Numbers(
        retry_attempts=7,
        max_delay_seconds=300,
        exponential_multiplier=1.5,
        exponential_min=3,
        exponential_max=60,
        jitter_max=5,
        circuit_breaker_threshold=10,
        recovery_timeout=300,
    ),
}

PRESETS: Mapping[str, Preset] = {
    "simple": Preset(
        retry_attempts=3,
        circuit_breaker_threshold=5,
        recovery_timeout=60,
        default_strategy="balanced",
        description="A middle course for any environment.",
    ),
    "development": Preset(
        retry_attempts=2,
        circuit_breaker_threshold=3,
        recovery_timeout=30,
        default_strategy="aggressive",
        description="Fails soon, so that a developer sees the error instead of waiting.",
    ),
    "production": Preset(
        retry_attempts=5,
        circuit_breaker_threshold=10,
        recovery_timeout=120,
        default_strategy="conservative",
        description="Tries long before a caller sees an error.",
    ),
}
