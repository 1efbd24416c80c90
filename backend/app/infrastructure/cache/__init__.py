"""Answers kept for later, in this process and in Redis, and one call for many who ask the same at once."""

from app.infrastructure.cache.cache import Cache, Entry, TierStatus
from app.infrastructure.cache.guard import Guard, RedisUnavailable
from app.infrastructure.cache.lease import Lease
from app.infrastructure.cache.single_flight import SingleFlight
from app.infrastructure.cache.tiered import TieredCache

__all__ = ["Cache", "Entry", "Guard", "Lease", "RedisUnavailable", "SingleFlight", "TierStatus", "TieredCache"]
