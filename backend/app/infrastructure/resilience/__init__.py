"""Retries and circuit breakers: one long-lived policy per name, run on numbers that an operator can change."""

from .breaker import Permit
from .custom import CustomConfig, parse_custom
from .policies import Effective, Policies
from .policy import Policy
from .presets import PRESETS, STRATEGIES

__all__ = ["PRESETS", "STRATEGIES", "CustomConfig", "Effective", "Permit", "Policies", "Policy", "parse_custom"]
