"""Gatehouse: the LLM API backend that teams fork."""
