"""Where settings come from besides the environment: files that hold secrets, and a guard against misspelt names."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

PREFIXES = ("GATEHOUSE_", "AI_", "BATCH_", "CACHE_", "PII_", "RATE_LIMIT_", "RESILIENCE_")


class SecretFiles(PydanticBaseSettingsSource):
    """`OPENAI_API_KEY_FILE=/run/secrets/openai` sets OPENAI_API_KEY to what that file holds."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = self._variables.get(f"{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{field_name.upper()}_FILE names a file that cannot be read: {path}") from error

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


def variables(dotenv: PydanticBaseSettingsSource) -> dict[str, str | None]:
    """What `.env` and the environment say, by names in capitals; the environment wins."""
    written = dotenv.env_vars if isinstance(dotenv, EnvSettingsSource) else {}
    return {**{name.upper(): value for name, value in written.items()}, **os.environ}


def refuse_unknown(settings: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
    """Raise ValueError for a variable that has one of our prefixes and names no setting."""
    known = {name.upper() for name in settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    for name in sorted(variables):
        if name.startswith(PREFIXES) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ValueError(f"{name} is not a setting.{hint}")
