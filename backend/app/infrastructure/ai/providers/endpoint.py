"""Which model, where, with what key: all that is known of a hosted model before an SDK is imported."""

from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from app.core.settings import ModelSettings

Host = Literal["gemini", "openai", "anthropic"]

HOSTS: dict[Host, str] = {
    "gemini": "GEMINI_API_KEY",
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
}
"""Each host and the variable that holds its key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`model` is the name that the host knows; `base_url` None is the host's own address."""

    host: Host
    model: str
    key: SecretStr | None
    base_url: str | None
    settings: ModelSettings

    @property
    def full_name(self) -> str:
        return f"{self.host}:{self.model}"

    @property
    def key_variable(self) -> str:
        return HOSTS[self.host]
