"""Which models the settings ask for."""

from importlib import import_module

from app.core.settings import ModelSettings

from ..question import Provider
from .endpoint import HOSTS, Endpoint, Host
from .hosted import Hosted
from .offline import Offline

DEFAULTS: dict[Host, str] = {"gemini": "gemini-3.8-flash", "openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5"}
"""The model taken where settings name none: the current small one, providers in the order they are looked at."""

_ALIASES = {"google": "gemini"}


def choose(settings: ModelSettings) -> list[Provider]:
    """The models to ask, in order; ValueError names the setting that cannot be followed."""
    first = _provider("AI_MODEL", settings.ai_model, settings) if settings.ai_model else _default(settings)
    return [first, *(_provider("AI_FALLBACK_MODELS", spec, settings) for spec in settings.ai_fallback_models)]


def _default(settings: ModelSettings) -> Provider:
    found = (_hosted(host, model, settings) for host, model in DEFAULTS.items())
    return next((hosted for hosted in found if hosted), None) or Offline()


def _provider(variable: str, spec: str, settings: ModelSettings) -> Provider:
    """The provider for `provider:model`, `offline`, or a bare Gemini name; a dot makes it a module of yours."""
    spec = f"gemini:{spec}" if spec.startswith("gemini-") else spec
    named, _, model = spec.partition(":")
    if "." in named:
        return _own(variable, named, model, settings)
    named = _ALIASES.get(named, named)
    if named == Offline.name:
        return Offline()
    host = next((host for host in HOSTS if host == named), None)
    if host is None:
        known = ", ".join([*HOSTS, *_ALIASES, Offline.name])
        raise ValueError(f"{variable} names the unknown provider {named!r}. Known are {known}; write provider:model.")
    if not model:
        raise ValueError(f"{variable}={spec} names no model: write {host}:{DEFAULTS[host]}, for example.")
    hosted = _hosted(host, model, settings)
    if hosted is None:
        raise ValueError(f"{variable}={spec} needs {HOSTS[host]}, which is not set.")
    return hosted


def _own(variable: str, module: str, model: str, settings: ModelSettings) -> Provider:
    """What `open_provider(model, settings)` of that module makes."""
    try:
        provider: Provider = import_module(module).open_provider(model, settings)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{variable}: {error}") from error
    return provider


def _hosted(host: Host, model: str, settings: ModelSettings) -> Hosted | None:
    """None where the key is missing; only a compatible server may need none."""
    key, base_url = {
        "gemini": (settings.gemini_api_key, settings.gemini_base_url),
        "openai": (settings.openai_api_key, settings.openai_base_url),
        "anthropic": (settings.anthropic_api_key, settings.anthropic_base_url),
    }[host]
    if key and not key.get_secret_value().strip():
        key = None
    if not key and not (host == "openai" and base_url):
        return None
    return Hosted(Endpoint(host, model, key, base_url or None, settings))
