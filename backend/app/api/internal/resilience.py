"""Breakers and the numbers they run on."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from app.core.errors import NotFound
from app.core.events import BreakerState
from app.core.schemas import Name
from app.deps import Operator, Reader
from app.infrastructure.resilience import PRESETS, Policy
from app.resources import Resources

router = APIRouter(prefix="/internal/resilience", tags=["resilience"])
PolicyName = Annotated[str, Path(max_length=200)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class Breaker(BaseModel):
    """`open_remaining`: seconds until a probe may pass. Counts are per call, since the last reset of the metrics."""

    name: Name
    state: BreakerState
    open_remaining: Seconds
    failure_threshold: Count
    recovery_timeout: Seconds
    calls: Count
    successes: Count
    failures: Count
    rejected: Count
    cancelled: Count
    attempts: Count
    retries: Count
    opens: Count
    half_opens: Count
    closes: Count
    last_success: Seconds | None
    last_failure: Seconds | None
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None


class Breakers(BaseModel):
    instance: Name
    circuit_breakers: dict[Name, Breaker]


class PresetReport(BaseModel):
    name: Name
    description: Annotated[str, Field(max_length=1000)]
    retry_attempts: Count
    circuit_breaker_threshold: Count
    recovery_timeout: Seconds
    default_strategy: Name


class Presets(BaseModel):
    presets: Annotated[list[PresetReport], Field(max_length=100)]


class EffectiveNumbers(BaseModel):
    """`origins`: who set each number, the strategy, the preset, the custom config or the operation's override."""

    strategy: Name
    strategy_origin: Literal["override", "operation", "custom", "preset"]
    numbers: dict[Name, float]
    origins: dict[Name, Name]


class Config(BaseModel):
    instance: Name
    preset: Name
    custom: dict[str, Any] | None
    policies: dict[Name, EffectiveNumbers]


@router.get("/circuit-breakers")
async def list_breakers(visitor: Reader) -> Breakers:
    """Every breaker of this instance."""
    resources = visitor.resources
    found = {name: _report(policy) for name, policy in resources.policies.items()}
    return Breakers(instance=resources.control.fleet.me.id, circuit_breakers=found)


@router.get("/circuit-breakers/{name}")
async def show_breaker(name: PolicyName, visitor: Reader) -> Breaker:
    """One breaker."""
    return _report(_policy(visitor.resources, name))


@router.post("/circuit-breakers/{name}/reset")
async def reset_breaker(name: PolicyName, visitor: Operator) -> Breaker:
    """Close a breaker now."""
    policy = _policy(visitor.resources, name)
    policy.breaker.reset()
    return _report(policy)


@router.get("/config")
async def show_config(visitor: Reader) -> Config:
    """What each policy runs on, and where each number comes from."""
    policies = visitor.resources.policies
    effective = {name: policies.effective(name) for name in policies}
    return Config(
        instance=visitor.resources.control.fleet.me.id,
        preset=policies.preset,
        custom=policies.custom.model_dump(exclude_unset=True) if policies.custom else None,
        policies={
            name: EffectiveNumbers(
                strategy=one.strategy,
                strategy_origin=one.strategy_origin,
                numbers=asdict(one.numbers),
                origins=dict(one.origins),
            )
            for name, one in effective.items()
        },
    )


@router.get("/config/presets")
async def list_presets(visitor: Reader) -> Presets:
    """The presets to choose from."""
    return Presets(presets=[PresetReport(name=name, **asdict(preset)) for name, preset in PRESETS.items()])


@router.get("/config/presets/{name}")
async def show_preset(name: PolicyName, visitor: Reader) -> PresetReport:
    """One preset."""
    if name not in PRESETS:
        raise NotFound(f"There is no such preset. Known: {', '.join(PRESETS)}.")
    return PresetReport(name=name, **asdict(PRESETS[name]))


def _policy(resources: Resources, name: str) -> Policy:
    if name not in resources.policies:
        raise NotFound(f"There is no such circuit breaker. Known: {', '.join(sorted(resources.policies))}.")
    return resources.policies[name]


def _report(policy: Policy) -> Breaker:
    return Breaker(
        name=policy.name,
        state=policy.breaker.state,
        open_remaining=policy.breaker.open_remaining,
        failure_threshold=policy.numbers.circuit_breaker_threshold,
        recovery_timeout=policy.numbers.recovery_timeout,
        **asdict(policy.metrics()),
    )
