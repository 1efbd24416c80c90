"""Logs, metrics and health."""

from .health import Component, Health, worst
from .journal import keep_journal
from .logging import AccessLog, configure
from .metrics import Metrics
from .model_health import ModelHealth

__all__ = ["AccessLog", "Component", "Health", "Metrics", "ModelHealth", "configure", "keep_journal", "worst"]
