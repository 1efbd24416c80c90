"""How each part of the infrastructure is made from the settings. What a process does not use is not imported."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from app import __version__
from app.core.clock import Clock
from app.core.events import Events
from app.core.settings import Settings
from app.infrastructure.ai import Models, Screen
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.providers import choose
from app.infrastructure.ai.screening import load_detector
from app.infrastructure.cache import MemoryCache, SingleFlight, TieredCache
from app.infrastructure.fleet import Fleet, History, MemoryHistory, SoloFleet
from app.infrastructure.fleet.fleet import this_process
from app.infrastructure.monitoring import Component, Health, ModelHealth
from app.infrastructure.resilience import CustomConfig, Policies, parse_custom
from app.infrastructure.security import Doorkeeper, MadeKeys, RateLimit, keyring
from app.infrastructure.security.doorkeeper import FAILURES_PER_MINUTE
from app.infrastructure.security.live_keys import LiveKeys

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from app.infrastructure.ai.redaction.redactor import Redactor
    from app.infrastructure.cache.sealing import Sealer
    from app.infrastructure.monitoring.tracing import Tracing

OPERATORS_PATIENCE = 1.0
"""Seconds that Redis may take for what no request waits for."""


@dataclass(frozen=True)
class Opening:
    """Makes the parts; the stack closes them. Raises ValueError naming the setting that cannot be followed."""

    settings: Settings
    clock: Clock
    events: Events
    stack: AsyncExitStack

    def tracing(self) -> "Tracing | None":
        if self.settings.otel_exporter_otlp_endpoint is None:
            return None
        from app.infrastructure.monitoring.tracing import Tracing

        about = {
            "service.name": "gatehouse",
            "service.version": __version__,
            "deployment.environment.name": self.settings.environment,
        }
        tracing = Tracing(self.settings.otel_exporter_otlp_endpoint, about, self.events)
        self.stack.push_async_callback(tracing.aclose)
        return tracing

    def cache(self) -> tuple[TieredCache, SingleFlight]:
        entries, size, sealer = self.settings.cache_memory_entries, self.settings.cache_memory_bytes, self._sealer()
        l1 = MemoryCache(entries, size, self.clock, self.events)
        if self._redis is None:
            return TieredCache(self.clock, l1), self._closing(SingleFlight(self.events))
        from app.infrastructure.cache.codec import Codec
        from app.infrastructure.cache.guard import Guard
        from app.infrastructure.cache.lease import Lease
        from app.infrastructure.cache.redis import RedisCache

        guard = Guard(self.clock, self.events)
        codec = Codec(self.settings.cache_compression_threshold, sealer=sealer)
        l2 = RedisCache(self._redis, guard, self.clock, self.events, codec)
        lease = Lease(self._redis, guard, self.clock, self.events, timeout=self.settings.ai_total_timeout)
        return TieredCache(self.clock, l1, l2), self._closing(SingleFlight(self.events, lease))

    def fleet(self) -> tuple[Fleet, History]:
        me = this_process(__version__, self.clock.now())
        if self._redis is None:
            return SoloFleet(me, self.clock), MemoryHistory(self.clock)
        from app.infrastructure.fleet.redis import RedisFleet
        from app.infrastructure.fleet.redis_history import RedisHistory

        client = self._connected(OPERATORS_PATIENCE)
        return RedisFleet(client, me, self.clock, self.events), RedisHistory(client)

    def keys(self, made: MadeKeys | None) -> LiveKeys:
        return LiveKeys(self.settings.api_keys_file, lambda: keyring(self.settings, made, self.clock), self.events)

    def doorkeeper(self, keys: LiveKeys) -> Doorkeeper:
        limit = self.settings.rate_limit_requests, self.settings.rate_limit_window_seconds
        if self._redis is None:
            local = RateLimit(*limit, self.clock), RateLimit(FAILURES_PER_MINUTE, 60, self.clock)
            return Doorkeeper(keys, *local, self.events)
        from app.infrastructure.security.shared_limits import SharedLimit

        requests = SharedLimit(self._redis, *limit, self.clock, self.events)
        failures = SharedLimit(self._redis, FAILURES_PER_MINUTE, 60, self.clock, self.events, name="wrong-keys")
        return Doorkeeper(keys, requests, failures, self.events)

    async def models(self) -> Models:
        patience = StreamClocks(self.settings.ai_first_token_timeout, self.settings.ai_idle_timeout)
        models = Models(choose(self.settings), patience, self.events, self.clock)
        self.stack.push_async_callback(models.aclose)
        await asyncio.to_thread(models.load)
        return models

    def screen(self) -> Screen:
        detector = None
        if self.settings.screening_detector:
            try:
                detector = load_detector(self.settings.screening_detector)
            except (ImportError, AttributeError) as error:
                raise ValueError(f"SCREENING_DETECTOR: {error}") from error
            self.stack.push_async_callback(detector.aclose)
        retrieved = self.settings.screening_retrieved
        return Screen(self.settings.screening, self.events, retrieved=retrieved, detector=detector)

    def redactor(self) -> "Redactor | None":
        if self.settings.pii_redaction == "off":
            return None
        from app.infrastructure.ai.redaction.redactor import Redactor

        return Redactor()

    def custom_config(self) -> CustomConfig | None:
        if not self.settings.resilience_custom_config:
            return None
        try:
            return parse_custom(self.settings.resilience_custom_config)
        except ValueError as error:
            raise ValueError(f"RESILIENCE_CUSTOM_CONFIG: {error}") from error

    def health(self, models: Models, policies: Policies, answers: TieredCache) -> Health:
        async def cache() -> Component:
            if await answers.reachable():
                return Component("healthy", "every tier answers")
            return Component("degraded", "Redis does not answer: this process keeps its answers to itself")

        async def resilience() -> Component:
            paused = sorted(name for name, policy in policies.items() if policy.breaker.state == "open")
            if paused:
                return Component("degraded", f"paused: {', '.join(paused)}")
            return Component("healthy", "all closed")

        model = ModelHealth(models.primary, self.events)
        return Health({"model": model, "cache": cache, "resilience": resilience}, self.clock)

    @cached_property
    def _redis(self) -> "Redis | None":
        """The client of all that requests wait for."""
        return self._connected() if self.settings.redis_url else None

    def _connected(self, timeout: float | None = None) -> "Redis":
        from app.infrastructure.cache.redis import connect

        assert self.settings.redis_url is not None
        url = self.settings.redis_url.get_secret_value()
        client = connect(url) if timeout is None else connect(url, timeout=timeout)
        self.stack.push_async_callback(client.aclose)
        return client

    def _sealer(self) -> "Sealer | None":
        if not self.settings.cache_encryption_keys:
            return None
        from app.infrastructure.cache.sealing import Sealer

        try:
            return Sealer([key.get_secret_value() for key in self.settings.cache_encryption_keys])
        except ValueError as error:
            raise ValueError(f"CACHE_ENCRYPTION_KEYS: {error}") from error

    def _closing(self, flights: SingleFlight) -> SingleFlight:
        self.stack.push_async_callback(flights.aclose)
        return flights
