"""Settings for tests, as if nothing were set on this machine."""

from typing import Any

from app.core.settings import Settings
from tests.support.service import ADMIN_KEY, API_KEY, OTHER_API_KEY


def plain_settings(**given: Any) -> Settings:
    """Settings that ignore the machine's environment: three known keys, no limit, no Redis, the offline model."""
    hosts = ("gemini", "openai", "anthropic")
    fixed: dict[str, Any] = {
        "api_key": API_KEY,
        "additional_api_keys": (OTHER_API_KEY,),
        "admin_api_key": ADMIN_KEY,
        "rate_limit_requests": 0,
        "redis_url": None,
        "otel_exporter_otlp_endpoint": None,
        **{f"{host}_{what}": None for host in hosts for what in ("api_key", "base_url")},
    }
    return Settings(_env_file=None, **fixed | {name.lower(): value for name, value in given.items()})
