"""Checking a custom config without putting it into force."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.internal.shapes import as_json
from app.core.schemas import Closed
from app.core.settings import Preset
from app.deps import JsonRoute, Reader
from app.infrastructure.resilience import secure
from app.infrastructure.resilience.secure import FieldWhitelist
from app.infrastructure.resilience.validation import Validation, validate, validate_json

router = APIRouter(prefix="/internal/resilience/config/validate", tags=["resilience"], route_class=JsonRoute)
beside = APIRouter(prefix="/internal/resilience/config", tags=["resilience"], route_class=JsonRoute)
LONGEST = 65_536


class ConfigToCheck(Closed):
    """`preset`: the one that the config would stand over; the running one when left out."""

    config: dict[str, Any] = Field(max_length=10_000)
    preset: Preset | None = None


class TextToCheck(Closed):
    """JSON text as RESILIENCE_CUSTOM_CONFIG holds it."""

    text: str = Field(max_length=LONGEST)
    preset: Preset | None = None


class SecurityConfig(BaseModel):
    """The limits of `validate-secure`, and the patterns that it refuses."""

    limits: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]]
    forbidden: dict[str, Annotated[str, Field(max_length=1000)]]


class RateLimitStatus(BaseModel):
    """Checks count as requests of their caller. All null: there is no limit."""

    limit: int | None = Field(ge=0, le=2**53)
    window_seconds: int | None = Field(ge=0, le=86_400)
    remaining: int | None = Field(ge=0, le=2**53)
    reset_seconds: float | None = Field(ge=0, le=86_400)


@router.post("", response_model=Validation)
async def validate_config(body: ConfigToCheck, visitor: Reader) -> Response:
    """Whether a config would be accepted, what is doubtful about it, and what was probably meant."""
    resources = visitor.resources
    return as_json(validate(body.config, resources.policies, resources.settings.environment, body.preset))


@beside.post("/validate-secure", response_model=Validation)
async def validate_secure(body: ConfigToCheck, visitor: Reader) -> Response:
    """The same, with limits on size and depth and no markup, template or path patterns."""
    resources = visitor.resources
    return as_json(secure.validate_secure(body.config, resources.policies, resources.settings.environment, body.preset))


@beside.post("/validate-json", response_model=Validation)
async def validate_text(body: TextToCheck, visitor: Reader) -> Response:
    """The same for JSON text, as the environment variable holds it."""
    resources = visitor.resources
    return as_json(validate_json(body.text, resources.policies, resources.settings.environment, body.preset))


@router.post("/field-whitelist", response_model=FieldWhitelist)
async def field_whitelist(body: ConfigToCheck, visitor: Reader) -> Response:
    """Which keys of a config are allowed, and the bounds of all that exist."""
    return as_json(secure.field_whitelist(body.config))


@router.get("/security-config")
async def security_config(visitor: Reader) -> SecurityConfig:
    """What `validate-secure` allows."""
    return SecurityConfig.model_validate(secure.security_config())


@router.get("/rate-limit-status")
async def rate_limit_status(visitor: Reader) -> RateLimitStatus:
    """How many more requests your key may make now."""
    left = await visitor.resources.doorkeeper.allowance(visitor.caller)
    if left is None:
        return RateLimitStatus(limit=None, window_seconds=None, remaining=None, reset_seconds=None)
    return RateLimitStatus(
        limit=left.limit, window_seconds=left.window, remaining=left.remaining, reset_seconds=left.reset
    )
