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
from app.infrastructure.ai import Dialogue, Gateway, Ledger, Models
from app.infrastructure.ai.inspection import Inspector
from app.infrastructure.cache import TieredCache
from app.infrastructure.monitoring import Health, Metrics, keep_journal
from app.infrastructure.monitoring.loop_lag import watch_loop
from app.infrastructure.monitoring.traffic import Traffic
from app.infrastructure.resilience import Policies
from app.infrastructure.resilience.records import Recorder
from app.infrastructure.security import Doorkeeper, MadeKeys, make_missing
from app.opening import Opening

if TYPE_CHECKING:
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


Opener = Callable[[Settings], AbstractAsyncContextManager[Resources]]


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Raises ValueError naming the setting that cannot be followed."""
    clock, events = SystemClock(), Events()
    keep_journal(events)
    made = make_missing(settings)
    async with AsyncExitStack() as stack:
        opening = Opening(settings, clock, events, stack)
        tracing, metrics = opening.tracing(), Metrics(events)
        cache, flights = opening.cache()
        policies = Policies(settings.resilience_preset, opening.custom_config(), clock, events)
        models, ledger = await opening.models(), Ledger()
        gateway = Gateway(
            screen=opening.screen(),
            cache=cache,
            flights=flights,
            ledger=ledger,
            dialogue=Dialogue(
                models, policies, clock, settings.ai_total_timeout, Inspector(frozenset(settings.ai_link_hosts), events)
            ),
            variant=_variant(settings, models),
            ttl=settings.cache_default_ttl,
            stale=settings.cache_stale_ttl,
            clock=clock,
            hook=events,
            redactor=opening.redactor(),
        )
        fleet, history = opening.fleet()
        traffic, recorder = Traffic(metrics.registry, clock), Recorder(events)
        health = opening.health(models, policies, cache)
        control = ControlPlane(
            fleet=fleet,
            history=history,
            policies=policies,
            cache=cache,
            ledger=ledger,
            health=health,
            steering=Steering(policies, policies.preset, policies.custom, clock),
            watch=Watch(fleet.me.id, traffic, recorder, policies, cache, history, clock),
        )
        keys = opening.keys(made)
        fleet.on_tick(keys.look)
        watching = asyncio.create_task(watch_loop(clock, events))
        stack.callback(watching.cancel)
        yield Resources(
            settings=settings,
            clock=clock,
            events=events,
            metrics=metrics,
            doorkeeper=opening.doorkeeper(keys),
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
