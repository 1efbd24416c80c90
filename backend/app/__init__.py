"""Gatehouse: the LLM API backend that teams fork."""

__version__ = "0.1.0"
