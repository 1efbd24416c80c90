"""Checks on what a model said, before anybody sees or stores it."""

from .inspector import Inspector

__all__ = ["Inspector"]
