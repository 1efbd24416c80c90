"""Settings for tests, as if nothing were set on this machine."""

from typing import Any

from pydantic_settings import PydanticBaseSettingsSource

from app.core.settings import Settings
from tests.support.service import ADMIN_KEY, API_KEY, OTHER_API_KEY


class PlainSettings(Settings):
    """Settings that read neither the environment nor files."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[Settings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def plain_settings(**given: Any) -> Settings:
    """Three known keys, no limit, no Redis, the offline model, and the defaults."""
    fixed: dict[str, Any] = {
        "api_key": API_KEY,
        "additional_api_keys": (OTHER_API_KEY,),
        "admin_api_key": ADMIN_KEY,
        "rate_limit_requests": 0,
    }
    return PlainSettings(**fixed | {name.lower(): value for name, value in given.items()})
