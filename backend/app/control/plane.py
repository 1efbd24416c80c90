"""The topics that a process answers to, as the fleet's vocabulary: `app.api.internal` puts the replies together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from app.core.errors import NotFound
from app.infrastructure.ai import ANSWERS, Ledger
from app.infrastructure.cache import TieredCache
from app.infrastructure.fleet import Fleet, History
from app.infrastructure.fleet.fleet import Handler
from app.infrastructure.monitoring import Health
from app.infrastructure.resilience import Policies, Policy

from .steering import Steering
from .watch import Watch


@dataclass(frozen=True, slots=True)
class ControlPlane:
    fleet: Fleet
    history: History
    policies: Policies
    cache: TieredCache
    ledger: Ledger
    health: Health
    steering: Steering
    watch: Watch

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """Be one of the fleet; to be entered when every policy is declared."""
        self._register()
        await self.fleet.start()
        try:
            yield
        finally:
            await self.watch.write_down()
            await self.fleet.aclose()

    def _register(self) -> None:
        topics: dict[str, Handler] = {
            "health": self._health,
            "policies": self._policies,
            "config": self._config,
            "cache": self._cache,
            "traffic": self._traffic,
            "spend": lambda _: {caller: asdict(account) for caller, account in self.ledger.accounts().items()},
            "alerts": lambda _: [asdict(alert) for alert in self.watch.alerts],
            "cache.count": self._count,
            "usage": lambda _: [asdict(record) for record in self.watch.unwritten()],
            "cache.drop": self._drop,
            "breaker.reset": lambda name: self._policy(name).breaker.reset(),
            "metrics.reset": self._reset_metrics,
        }
        for topic, handler in topics.items():
            self.fleet.on(topic, handler)
        # Looking comes first, so that calls are counted under the preset that they were made with.
        self.fleet.on_desired(lambda *_: self.watch.collect())
        self.fleet.on_desired(self.steering.obey)
        self.fleet.on_tick(self.watch.look)
        self.fleet.on_tick(self.steering.enforce)
        # Drops may have been missed while nobody was heard, so nothing kept here can be trusted.
        self.fleet.on_reconnect(self._forget)

    async def _health(self, _: Any) -> dict[str, Any]:
        return {name: asdict(component) for name, component in (await self.health.components()).items()}

    def _policies(self, _: Any) -> dict[str, Any]:
        return {name: _seen(policy) for name, policy in self.policies.items()}

    def _config(self, _: Any) -> dict[str, Any]:
        effective = {name: asdict(self.policies.effective(name)) for name in self.policies}
        custom = self.policies.custom
        return {
            "preset": self.policies.preset,
            "custom": custom.model_dump(exclude_unset=True) if custom else None,
            "generation": self.steering.generation,
            "wish": dict(self.steering.config) if self.steering.config else None,
            "policies": effective,
        }

    async def _cache(self, _: Any) -> list[dict[str, Any]]:
        return [{**asdict(tier), "lookups": dict(tier.lookups)} for tier in await self.cache.status()]

    def _traffic(self, seconds: float) -> dict[str, Any]:
        window = self.watch.traffic.window(seconds)
        return {"seconds": window.seconds, "counts": dict(window.counts)}

    async def _forget(self) -> None:
        await self.cache.drop_local(ANSWERS)

    async def _count(self, prefixes: list[str]) -> int:
        return sum([await self.cache.count_local(prefix) for prefix in prefixes])

    async def _drop(self, prefixes: list[str]) -> int:
        return sum([await self.cache.drop_local(prefix) for prefix in prefixes])

    def _reset_metrics(self, name: str | None) -> None:
        for policy in [self._policy(name)] if name else self.policies.values():
            policy.reset_metrics()

    def _policy(self, name: str) -> Policy:
        if name not in self.policies:
            raise NotFound(f"There is no such policy. Known: {', '.join(sorted(self.policies))}.")
        return self.policies[name]


def _seen(policy: Policy) -> Mapping[str, Any]:
    return {
        "name": policy.name,
        "state": policy.breaker.state,
        "open_remaining": policy.breaker.open_remaining,
        "failure_threshold": policy.numbers.circuit_breaker_threshold,
        "recovery_timeout": policy.numbers.recovery_timeout,
        **asdict(policy.metrics()),
    }
