"""The keyring that the settings ask for."""

from dataclasses import dataclass

from app.core.settings import Settings

from .keys import EVERY, ORDINARY, Keyring, new_key, refuse_weak


@dataclass(frozen=True, slots=True)
class MadeKeys:
    """Keys made at start because none were configured; shown once, kept nowhere."""

    api_key: str
    admin_key: str


def make_missing(settings: Settings) -> MadeKeys | None:
    """New keys when none are set, in development only; ValueError elsewhere."""
    if settings.api_key or settings.additional_api_keys or settings.admin_api_key:
        return None
    if settings.environment != "development":
        raise ValueError(f"ENVIRONMENT={settings.environment} needs API_KEY (and ADMIN_API_KEY for operators)")
    return MadeKeys(new_key(), new_key())


def keyring(settings: Settings, made: MadeKeys | None) -> Keyring:
    """Raises ValueError for a weak key, and for a client's key that is the operators' too."""
    ordinary = [("API_KEY", settings.api_key)] if settings.api_key else []
    ordinary += [("ADDITIONAL_API_KEYS", key) for key in settings.additional_api_keys]
    given = [(source, key.get_secret_value()) for source, key in ordinary]
    admin = settings.admin_api_key.get_secret_value() if settings.admin_api_key else None
    for source, key in [*given, *([("ADMIN_API_KEY", admin)] if admin else [])]:
        refuse_weak(key, source)
        if source != "ADMIN_API_KEY" and key == admin:
            raise ValueError(f"{source} and ADMIN_API_KEY are the same key")
    ring = Keyring()
    ring.add([key for _, key in given] + ([made.api_key] if made else []), ORDINARY)
    ring.add(([admin] if admin else []) + ([made.admin_key] if made else []), EVERY)
    return ring
