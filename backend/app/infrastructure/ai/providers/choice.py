"""Which models the settings ask for."""

from pydantic import SecretStr

from app.core.settings import ModelSettings

from ..question import Provider
from .hosted import HOSTS, Host, Hosted
from .offline import Offline

DEFAULTS: dict[Host, str] = {"gemini": "gemini-3.8-flash", "openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5"}
"""The model taken where settings name none: the current small one, providers in the order they are looked at."""

_ALIASES = {"google": "gemini"}


def choose(settings: ModelSettings) -> list[Provider]:
    """The models to ask, in order; ValueError names the setting that cannot be followed."""
    first = _provider("AI_MODEL", settings.ai_model, settings) if settings.ai_model else _default(settings)
    return [first, *(_provider("AI_FALLBACK_MODELS", spec, settings) for spec in settings.ai_fallback_models)]


def _default(settings: ModelSettings) -> Provider:
    for host, model in DEFAULTS.items():
        if _key(host, settings) or (host == "openai" and settings.openai_base_url):
            return _hosted(host, model, settings)
    return Offline()


def _provider(variable: str, spec: str, settings: ModelSettings) -> Provider:
    """The provider for `provider:model`, `offline`, or a bare Gemini name."""
    spec = f"gemini:{spec}" if spec.startswith("gemini-") else spec
    named, _, model = spec.partition(":")
    named = _ALIASES.get(named, named)
    if named == Offline.name:
        return Offline()
    host = next((host for host in HOSTS if host == named), None)
    if host is None:
        known = ", ".join([*HOSTS, *_ALIASES, Offline.name])
        raise ValueError(f"{variable} names the unknown provider {named!r}. Known are {known}; write provider:model.")
    if not model:
        raise ValueError(f"{variable}={spec} names no model: write {host}:{DEFAULTS[host]}, for example.")
    if not _key(host, settings) and not (host == "openai" and settings.openai_base_url):
        raise ValueError(f"{variable}={spec} needs {HOSTS[host]}, which is not set.")
    return _hosted(host, model, settings)


def _hosted(host: Host, model: str, settings: ModelSettings) -> Hosted:
    base_urls = {
        "gemini": settings.gemini_base_url,
        "openai": settings.openai_base_url,
        "anthropic": settings.anthropic_base_url,
    }
    return Hosted(host, model, _key(host, settings), base_urls[host] or None, settings)


def _key(host: Host, settings: ModelSettings) -> SecretStr | None:
    keys = {
        "gemini": settings.gemini_api_key,
        "openai": settings.openai_api_key,
        "anthropic": settings.anthropic_api_key,
    }
    key = keys[host]
    return key if key and key.get_secret_value().strip() else None
