"""Answers kept for later, in this process and in Redis, and one call for many who ask the same at once."""

from app.infrastructure.cache.cache import Cache, Entry, RedisUnavailable, TierStatus
from app.infrastructure.cache.memory import MemoryCache
from app.infrastructure.cache.single_flight import SingleFlight
from app.infrastructure.cache.tiered import TieredCache

# What speaks to Redis stays in `redis`, `guard` and `lease`: importing the client takes longer than all else here.
__all__ = ["Cache", "Entry", "MemoryCache", "RedisUnavailable", "SingleFlight", "TierStatus", "TieredCache"]
