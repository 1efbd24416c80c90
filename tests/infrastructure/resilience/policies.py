"""Policies to check a config against."""

from app.core.clock import SystemClock
from app.infrastructure.resilience.policies import Policies


def declared(*names: str, preset: str = "simple") -> Policies:
    policies = Policies(preset, None, SystemClock())
    for name in names:
        policies.declare(name)
    return policies
