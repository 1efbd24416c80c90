"""The settings that protect data on its way out and at rest."""

import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from app.core.settings_base import CommaSeparated, Section


class DataSettings(Section):
    """Data protection"""

    ai_link_hosts: CommaSeparated = Field(
        (),
        description="Hosts that answers may link to beside those of the caller's text, `*.example.org` for all below "
        "one, separated by commas: see docs/data-protection.md.",
    )
    pii_redaction: Literal["off", "on"] = Field(
        "off", description="Whether providers get placeholders for personal data and secrets."
    )
    cache_encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Keys that answers in Redis are encrypted with, `id:` and 32 bytes in base64, the newest first, "
        "separated by commas.",
    )

    @field_validator("ai_link_hosts")
    @classmethod
    def _refuse_addresses(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*", host):
                raise ValueError(f"{host!r} is not a host name in small letters, or one below `*.`")
        return hosts
