"""Everything that is opened at start and closed at stop, in one typed box."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app import __version__
from app.control import ControlPlane, Steering, Watch
from app.core.clock import Clock, SystemClock
from app.core.events import Events
from app.core.settings import Settings
from app.core.terms import Terms
from app.infrastructure.ai import Dialogue, Gateway, Ledger, Models, Screen
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.inspection import Inspector
from app.infrastructure.ai.providers import choose
from app.infrastructure.ai.screening import load_detector
from app.infrastructure.cache import MemoryCache, SingleFlight, TieredCache
from app.infrastructure.fleet import Fleet, History, MemoryHistory, SoloFleet
from app.infrastructure.fleet.fleet import this_process
from app.infrastructure.monitoring import Component, Health, Metrics, ModelHealth, keep_journal
from app.infrastructure.monitoring.loop_lag import watch_loop
from app.infrastructure.monitoring.traffic import Traffic
from app.infrastructure.resilience import CustomConfig, Policies, parse_custom
from app.infrastructure.resilience.records import Recorder
from app.infrastructure.security import Doorkeeper, MadeKeys, RateLimit, keyring, make_missing
from app.infrastructure.security.doorkeeper import FAILURES_PER_MINUTE

if TYPE_CHECKING:
    from app.infrastructure.ai.redaction.redactor import Redactor
    from app.infrastructure.cache.sealing import Sealer
    from app.infrastructure.monitoring.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Resources:
    """`terms` are the operations that domains have declared; `batch_slots` bounds the model calls of all batches."""

    settings: Settings
    clock: Clock
    events: Events
    metrics: Metrics
    doorkeeper: Doorkeeper
    cache: TieredCache
    policies: Policies
    ledger: Ledger
    gateway: Gateway
    health: Health
    batch_slots: asyncio.Semaphore
    control: ControlPlane
    benchmark_running: asyncio.Lock = field(default_factory=asyncio.Lock)
    tracing: "Tracing | None" = None
    made_keys: MadeKeys | None = None
    version: str = __version__
    terms: dict[str, Terms] = field(default_factory=dict)

    def declare(self, operations: Mapping[str, Terms]) -> None:
        for name, terms in operations.items():
            self.policies.declare(name, terms.strategy)
            self.terms[name] = terms


OPERATORS_PATIENCE = 1.0
"""Seconds that Redis may take for what no request waits for."""

Opener = Callable[[Settings], AbstractAsyncContextManager[Resources]]


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Raises ValueError naming the setting that cannot be followed."""
    clock, events = SystemClock(), Events()
    keep_journal(events)
    made = make_missing(settings)
    async with AsyncExitStack() as stack:
        tracing = _open_tracing(settings, events, stack)
        cache, flights = await _open_cache(settings, clock, events, stack)
        policies = Policies(settings.resilience_preset, _custom(settings), clock, events)
        models = await _open_models(settings, clock, events, stack)
        ledger = Ledger()
        gateway = Gateway(
            screen=_open_screen(settings, events, stack),
            cache=cache,
            flights=flights,
            ledger=ledger,
            dialogue=Dialogue(models, policies, clock, settings.ai_total_timeout, _inspector(settings)),
            variant=_variant(settings, models),
            ttl=settings.cache_default_ttl,
            stale=settings.cache_stale_ttl,
            clock=clock,
            hook=events,
            redactor=_redactor(settings),
        )
        health = _health(models, policies, cache, clock, events)
        metrics = Metrics(events)
        fleet, history = await _open_fleet(settings, clock, events, stack)
        traffic = Traffic(metrics.registry, clock)
        control = ControlPlane(
            fleet=fleet,
            history=history,
            policies=policies,
            cache=cache,
            ledger=ledger,
            health=health,
            steering=Steering(policies, policies.preset, policies.custom, clock),
            watch=Watch(fleet.me.id, traffic, Recorder(events), policies, cache, history, clock),
        )
        doorkeeper = _open_doorkeeper(settings, made, clock, events, stack)
        watching = asyncio.create_task(watch_loop(clock, events))
        stack.callback(watching.cancel)
        yield Resources(
            settings=settings,
            clock=clock,
            events=events,
            metrics=metrics,
            doorkeeper=doorkeeper,
            cache=cache,
            policies=policies,
            ledger=ledger,
            gateway=gateway,
            health=health,
            batch_slots=asyncio.Semaphore(settings.batch_ai_concurrency_limit),
            control=control,
            tracing=tracing,
            made_keys=made,
        )


def _open_tracing(settings: Settings, events: Events, stack: AsyncExitStack) -> "Tracing | None":
    if settings.otel_exporter_otlp_endpoint is None:
        return None
    from app.infrastructure.monitoring.tracing import Tracing

    about = {
        "service.name": "gatehouse",
        "service.version": __version__,
        "deployment.environment.name": settings.environment,
    }
    tracing = Tracing(settings.otel_exporter_otlp_endpoint, about, events)
    stack.push_async_callback(tracing.aclose)
    return tracing


async def _open_cache(
    settings: Settings, clock: Clock, events: Events, stack: AsyncExitStack
) -> tuple[TieredCache, SingleFlight]:
    sealer = _sealer(settings)
    l1 = MemoryCache(settings.cache_memory_entries, settings.cache_memory_bytes, clock, events)
    if settings.redis_url is None:
        flights = SingleFlight(events)
        stack.push_async_callback(flights.aclose)
        return TieredCache(clock, l1), flights
    from app.infrastructure.cache.codec import Codec
    from app.infrastructure.cache.guard import Guard
    from app.infrastructure.cache.lease import Lease
    from app.infrastructure.cache.redis import RedisCache, connect

    client = connect(settings.redis_url.get_secret_value())
    stack.push_async_callback(client.aclose)
    guard = Guard(clock, events)
    l2 = RedisCache(client, guard, clock, events, Codec(settings.cache_compression_threshold, sealer=sealer))
    flights = SingleFlight(events, Lease(client, guard, clock, events, timeout=settings.ai_total_timeout))
    stack.push_async_callback(flights.aclose)
    return TieredCache(clock, l1, l2), flights


async def _open_fleet(settings: Settings, clock: Clock, events: Events, stack: AsyncExitStack) -> tuple[Fleet, History]:
    me = this_process(__version__, clock.now())
    if settings.redis_url is None:
        return SoloFleet(me, clock), MemoryHistory(clock)
    from app.infrastructure.cache.redis import connect
    from app.infrastructure.fleet.redis import RedisFleet
    from app.infrastructure.fleet.redis_history import RedisHistory

    client = connect(settings.redis_url.get_secret_value(), timeout=OPERATORS_PATIENCE)
    stack.push_async_callback(client.aclose)
    return RedisFleet(client, me, clock, events), RedisHistory(client)


def _open_doorkeeper(
    settings: Settings, made: MadeKeys | None, clock: Clock, events: Events, stack: AsyncExitStack
) -> Doorkeeper:
    ring = keyring(settings, made, clock)
    limit = settings.rate_limit_requests, settings.rate_limit_window_seconds
    if settings.redis_url is None:
        return Doorkeeper(ring, RateLimit(*limit, clock), RateLimit(FAILURES_PER_MINUTE, 60, clock), events)
    from app.infrastructure.cache.redis import connect
    from app.infrastructure.security.shared_limits import SharedLimit

    client = connect(settings.redis_url.get_secret_value())
    stack.push_async_callback(client.aclose)
    requests = SharedLimit(client, *limit, clock, events)
    failures = SharedLimit(client, FAILURES_PER_MINUTE, 60, clock, events, name="wrong-keys")
    return Doorkeeper(ring, requests, failures, events)


def _open_screen(settings: Settings, events: Events, stack: AsyncExitStack) -> Screen:
    detector = None
    if settings.screening_detector:
        try:
            detector = load_detector(settings.screening_detector)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"SCREENING_DETECTOR: {error}") from error
        stack.push_async_callback(detector.aclose)
    return Screen(settings.screening, events, retrieved=settings.screening_retrieved, detector=detector)


async def _open_models(settings: Settings, clock: Clock, events: Events, stack: AsyncExitStack) -> Models:
    patience = StreamClocks(settings.ai_first_token_timeout, settings.ai_idle_timeout)
    models = Models(choose(settings), patience, events, clock)
    stack.push_async_callback(models.aclose)
    await asyncio.to_thread(models.load)
    return models


def _inspector(settings: Settings) -> Inspector:
    return Inspector(frozenset(settings.ai_link_hosts))


def _redactor(settings: Settings) -> "Redactor | None":
    if settings.pii_redaction == "off":
        return None
    from app.infrastructure.ai.redaction.redactor import Redactor

    return Redactor()


def _sealer(settings: Settings) -> "Sealer | None":
    if not settings.cache_encryption_keys:
        return None
    from app.infrastructure.cache.sealing import Sealer

    try:
        return Sealer([key.get_secret_value() for key in settings.cache_encryption_keys])
    except ValueError as error:
        raise ValueError(f"CACHE_ENCRYPTION_KEYS: {error}") from error


def _variant(settings: Settings, models: Models) -> str:
    """What shapes answers beside the questions: whatever is changed here makes the old answers unreachable."""
    shaping = (
        settings.screening,
        settings.screening_retrieved,
        settings.screening_detector,
        settings.ai_temperature,
        settings.ai_max_output_tokens,
        ",".join(sorted(settings.ai_link_hosts)),
    )
    return " ".join(map(str, (models.primary, *shaping)))


def _custom(settings: Settings) -> CustomConfig | None:
    if not settings.resilience_custom_config:
        return None
    try:
        return parse_custom(settings.resilience_custom_config)
    except ValueError as error:
        raise ValueError(f"RESILIENCE_CUSTOM_CONFIG: {error}") from error


def _health(models: Models, policies: Policies, answers: TieredCache, clock: Clock, events: Events) -> Health:
    async def cache() -> Component:
        if await answers.reachable():
            return Component("healthy", "every tier answers")
        return Component("degraded", "Redis does not answer: this process keeps its answers to itself")

    async def resilience() -> Component:
        paused = sorted(name for name, policy in policies.items() if policy.breaker.state == "open")
        return Component("degraded", f"paused: {', '.join(paused)}") if paused else Component("healthy", "all closed")

    return Health({"model": ModelHealth(models.primary, events), "cache": cache, "resilience": resilience}, clock)
