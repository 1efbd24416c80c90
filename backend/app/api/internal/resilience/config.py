"""What the policies run on, and changing it in the running fleet."""

import os
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, model_validator

from app.api.internal.shapes import Across, Changed, Chosen, Local, across, as_json, audited, changed
from app.control import steering
from app.core.errors import NotFound, ValidationFailed
from app.core.schemas import Closed, Name, Number, Reason, Sentences
from app.core.settings import Preset
from app.deps import JsonRoute, Operator, Reader
from app.infrastructure.resilience import PRESETS, CustomConfig
from app.infrastructure.resilience.custom import warnings
from app.infrastructure.resilience.policies import Effective
from app.infrastructure.resilience.recommend import Recommendation, detect, recommend
from app.infrastructure.resilience.validation import printable

from . import changes

router = APIRouter(prefix="/internal/resilience/config", tags=["resilience"], route_class=JsonRoute)


class EffectiveNumbers(BaseModel):
    """`origins`: who set each number, the strategy, the preset, the custom config or the operation's override."""

    strategy: Name
    strategy_origin: Literal["override", "operation", "custom", "preset"]
    numbers: dict[Name, Number]
    origins: dict[Name, Name]


class ConfigReport(BaseModel):
    """`wish` is what operators have put into force over the settings, with its reason and end; null when nothing."""

    preset: Name
    custom: dict[str, Any] | None
    generation: int = Field(ge=0, le=2**53)
    wish: dict[str, Any] | None
    policies: dict[Name, EffectiveNumbers]


class WantedConfig(Closed):
    """What shall be in force: a preset, a custom config over it, or the settings again; for good, or `expires_in`."""

    preset: Preset | None = None
    custom: CustomConfig | None = None
    settings_again: bool = False
    reason: Reason
    expires_in: Annotated[int, Field(ge=1, le=2_592_000, strict=True, description="Seconds")] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "WantedConfig":
        if self.settings_again == bool(self.preset or self.custom):
            raise ValueError("name a preset, a custom config or both, or settings_again")
        if self.settings_again and self.expires_in:
            raise ValueError("settings_again does not expire")
        return self


class ConfigChange(BaseModel):
    """What the policies run on after the change, or would; `change` is null in a dry run."""

    dry_run: bool
    warnings: Sentences
    policies: dict[Name, EffectiveNumbers]
    change: Changed | None


class PresetReport(BaseModel):
    name: Name
    description: Annotated[str, Field(max_length=1000)]
    retry_attempts: int = Field(ge=1, le=100)
    circuit_breaker_threshold: int = Field(ge=1, le=100)
    recovery_timeout: float = Field(ge=0, le=3600)
    default_strategy: Name


class Presets(BaseModel):
    presets: Annotated[list[PresetReport], Field(max_length=100)]


class PresetsSummary(BaseModel):
    """The presets in a line each; `running` is the one in force here."""

    running: Name
    presets: dict[Name, Annotated[str, Field(max_length=1000)]]


@router.get("")
async def show_config(visitor: Reader, instance: Chosen = None) -> Across[ConfigReport]:
    """What each policy runs on in each instance, and where each number comes from."""
    said = await visitor.resources.control.fleet.ask("config", None, instance)
    return across(visitor, said, ConfigReport)


@router.put("", response_model=ConfigChange)
async def change_config(body: WantedConfig, visitor: Operator, local: Local = False) -> Response:
    """Change the running fleet: the next failing call obeys it."""
    resources, control = visitor.resources, visitor.resources.control
    preset = body.preset or (control.steering.preset if body.settings_again else control.policies.preset)
    custom = control.steering.custom if body.settings_again else body.custom
    try:
        planned = control.policies.plan(preset, custom)
    except ValueError as error:
        raise ValidationFailed(printable(str(error)), param="custom") from None
    doubts = warnings(custom, resources.settings.environment) if custom else []
    change = None if body.dry_run else await _put_into_force(body, preset, custom, visitor, local)
    numbers = {name: _numbers(effective) for name, effective in planned.items()}
    return as_json(ConfigChange(dry_run=body.dry_run, warnings=doubts, policies=numbers, change=change))


@router.get("/presets")
async def list_presets(visitor: Reader) -> Presets:
    """The presets to choose from."""
    return Presets(presets=[PresetReport(name=name, **asdict(preset)) for name, preset in PRESETS.items()])


@router.get("/presets/{name}")
async def show_preset(name: Annotated[str, Path(max_length=100)], visitor: Reader) -> PresetReport:
    """One preset."""
    require_preset(name)
    return PresetReport(name=name, **asdict(PRESETS[name]))


@router.get("/presets-summary")
async def summarize_presets(visitor: Reader) -> PresetsSummary:
    """The presets in a line each."""
    lines = {
        name: f"{p.description} {p.retry_attempts} attempts, opens after {p.circuit_breaker_threshold} failures, "
        f"recovers in {p.recovery_timeout:g} s, {p.default_strategy}."
        for name, p in PRESETS.items()
    }
    return PresetsSummary(running=visitor.resources.policies.preset, presets=lines)


@router.get("/recommend-preset/{environment}")
async def recommend_preset(environment: Annotated[str, Path(max_length=200)], visitor: Reader) -> Recommendation:
    """The preset for an environment of that name, with a confidence from 0 to 1."""
    return recommend(environment)


@router.get("/recommend-preset-auto")
async def recommend_preset_here(visitor: Reader) -> Recommendation:
    """The preset for the environment that this process sees around it."""
    return detect(os.environ)


def require_preset(name: str) -> None:
    if name not in PRESETS:
        raise NotFound(f"There is no such preset. Known: {', '.join(PRESETS)}.")


async def _put_into_force(
    body: WantedConfig, preset: str, custom: CustomConfig | None, visitor: Operator, local: bool
) -> Changed:
    now = visitor.resources.clock.now()
    until = now + body.expires_in if body.expires_in else None
    wish = {
        "preset": preset,
        "custom": custom.model_dump(exclude_unset=True) if custom else None,
        "until": until,
        "reason": body.reason,
        "by": visitor.caller.id,
        "at": now,
    }
    control = visitor.resources.control
    desiring = control.fleet.desire(
        lambda document: steering.configured(document, None if body.settings_again else wish), local=local
    )
    details = {**wish, "settings_again": body.settings_again}
    change = await audited(visitor, "config.change", details, desiring)
    if not local:
        await changes.write_down(visitor, preset, custom is not None, body.reason, until)
    return changed(visitor, change)


def _numbers(effective: Effective) -> EffectiveNumbers:
    return EffectiveNumbers.model_validate(asdict(effective))
