"""A process's policies, watch and control plane, with time that tests move."""

from dataclasses import dataclass, field
from typing import Any

from app.control import ControlPlane, Steering, Watch
from app.core.errors import ProviderUnavailable
from app.core.events import Answered, CallFinished, Degraded, Events
from app.infrastructure.ai import Ledger
from app.infrastructure.cache import MemoryCache, TieredCache
from app.infrastructure.fleet import MemoryHistory, SoloFleet
from app.infrastructure.fleet.fleet import this_process
from app.infrastructure.monitoring import Health, Metrics
from app.infrastructure.monitoring.traffic import Traffic
from app.infrastructure.resilience import CustomConfig, Policies
from app.infrastructure.resilience.records import Recorder
from tests.support.clock import FakeClock

MAKE, POUR = "tea.make", "tea.pour"


@dataclass
class House:
    """Everything that operators reach in one process that declares two operations."""

    clock: FakeClock = field(default_factory=FakeClock)
    events: Events = field(default_factory=Events)
    custom: CustomConfig | None = None

    def __post_init__(self) -> None:
        self.policies = Policies("simple", self.custom, self.clock, self.events)
        for name in (MAKE, POUR):
            self.policies.declare(name)
        self.steering = Steering(self.policies, "simple", self.custom, self.clock)
        self.history = MemoryHistory(self.clock)
        self.cache = TieredCache(self.clock, MemoryCache(100, 100_000, self.clock))
        traffic = Traffic(Metrics(self.events).registry, self.clock)
        self.watch = Watch("me", traffic, Recorder(self.events), self.policies, self.cache, self.history, self.clock)
        # Heartbeats follow each other without end, and move no time.
        self.fleet = SoloFleet(this_process("1", self.clock.now()), self.clock, heartbeat=0)
        self.plane = ControlPlane(
            fleet=self.fleet,
            history=self.history,
            policies=self.policies,
            cache=self.cache,
            ledger=Ledger(),
            health=Health({}, self.clock),
            steering=self.steering,
            watch=self.watch,
        )

    def calls(self, count: int, outcome: Any = "success", name: str = MAKE) -> None:
        for _ in range(count):
            self.events(CallFinished(name, outcome, 1, 0.1))

    def answers(self, count: int, degraded: int = 0, name: str = MAKE) -> None:
        for index in range(count):
            self.events(Answered(name, "offline" if index < degraded else "model"))
            if index < degraded:
                self.events(Degraded(name, "provider_unavailable"))

    async def ask(self, topic: str, args: Any = None) -> Any:
        said = await self.fleet.ask(topic, args)
        return said.replies[self.fleet.me.id]

    def attempts(self, name: str = MAKE) -> int:
        return self.policies[name].numbers.retry_attempts


async def failing_call(house: House, name: str = MAKE) -> int:
    """How often a call that always fails reaches the model."""
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        raise ProviderUnavailable

    try:
        await house.policies[name].call(work)
    except ProviderUnavailable:
        return tries
    raise AssertionError("a failing call succeeded")
