"""Custom configs to start from, each for one kind of service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.schemas import Name, Sentences, Share

from .closeness import closeness, mean
from .custom import CustomConfig

COMPARED = ("retry_attempts", "circuit_breaker_threshold", "default_strategy")


@dataclass(frozen=True, slots=True)
class Template:
    config: CustomConfig
    description: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` is from 0 to 1; without a template nothing could be compared, as `reasons` say."""

    template: Name | None
    score: Share
    reasons: Sentences


TEMPLATES: Mapping[str, Template] = {
    "fast_development": Template(
        CustomConfig(retry_attempts=1, circuit_breaker_threshold=2, recovery_timeout=15, default_strategy="aggressive"),
        "One try and a short pause: a developer sees every error at once.",
    ),
    "robust_production": Template(
        CustomConfig(
            retry_attempts=6, circuit_breaker_threshold=12, recovery_timeout=180, default_strategy="conservative"
        ),
        "Long patience with a provider that fails now and then.",
    ),
    "low_latency": Template(
        CustomConfig(
            retry_attempts=1,
            circuit_breaker_threshold=2,
            recovery_timeout=10,
            default_strategy="aggressive",
            max_delay_seconds=5,
        ),
        "An error within seconds rather than a late answer.",
    ),
    "high_throughput": Template(
        CustomConfig(retry_attempts=3, circuit_breaker_threshold=8, recovery_timeout=45, default_strategy="balanced"),
        "A breaker that bears the stray failures of many calls and recovers soon.",
    ),
    "maximum_reliability": Template(
        CustomConfig(retry_attempts=8, circuit_breaker_threshold=15, recovery_timeout=300, default_strategy="critical"),
        "Every try that time allows, for work that must not fail.",
    ),
}


def suggest(config: CustomConfig) -> Suggestion:
    """The template nearest in attempts, threshold and strategy, as far as the config sets them.

    Among equals the other numbers decide.
    """
    given = config.model_dump(exclude_unset=True)
    compared = {key: given[key] for key in COMPARED if key in given}
    if not compared:
        return Suggestion(None, 0.0, (f"The config sets none of {', '.join(COMPARED)}.",))

    def nearness(name: str) -> tuple[float, float]:
        wanted = _keys(name)
        return mean(closeness(compared, wanted)), mean(closeness(given, wanted))

    best = max(TEMPLATES, key=nearness)
    wanted = _keys(best)
    reasons = [
        f"{key} {compared[key]} against {wanted[key]}: {score:.2f}"
        for key, score in closeness(compared, wanted).items()
    ]
    return Suggestion(best, round(nearness(best)[0], 2), tuple(reasons))


def _keys(name: str) -> dict[str, Any]:
    return TEMPLATES[name].config.model_dump(exclude_unset=True)
