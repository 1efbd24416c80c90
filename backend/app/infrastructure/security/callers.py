"""The keyring that the settings ask for."""

from dataclasses import dataclass

from app.core.caller import Caller
from app.core.clock import Clock
from app.core.settings import Settings

from .keys import EVERY, ORDINARY, Keyring, fingerprint, mistyped, new_key, refuse_weak
from .keys_file import read_keys_file


@dataclass(frozen=True, slots=True)
class MadeKeys:
    """Keys made at start because none were configured; shown once, kept nowhere."""

    api_key: str
    admin_key: str


def make_missing(settings: Settings) -> MadeKeys | None:
    """New keys when none are set, in development only; ValueError elsewhere."""
    if settings.api_key or settings.additional_api_keys or settings.admin_api_key or settings.api_keys_file:
        return None
    if settings.environment != "development":
        raise ValueError(f"ENVIRONMENT={settings.environment} needs API_KEY (and ADMIN_API_KEY for operators)")
    return MadeKeys(new_key(), new_key())


def keyring(settings: Settings, made: MadeKeys | None, clock: Clock | None = None) -> Keyring:
    """Raises ValueError for a weak or mistyped key, and for one that stands in two places with different scopes."""
    ordinary = [("API_KEY", settings.api_key)] if settings.api_key else []
    ordinary += [("ADDITIONAL_API_KEYS", key) for key in settings.additional_api_keys]
    given = [(source, key.get_secret_value()) for source, key in ordinary]
    admin = settings.admin_api_key.get_secret_value() if settings.admin_api_key else None
    for source, key in [*given, *([("ADMIN_API_KEY", admin)] if admin else [])]:
        refuse_weak(key, source)
        if source != "ADMIN_API_KEY" and key == admin:
            raise ValueError(f"{source} and ADMIN_API_KEY are the same key")
        if mistyped(key):
            raise ValueError(f"{source} begins like a made key and its checksum does not fit: copy it again, whole")
    ring = Keyring(clock)
    ring.add([key for _, key in given] + ([made.api_key] if made else []), ORDINARY)
    ring.add(([admin] if admin else []) + ([made.admin_key] if made else []), EVERY)
    if settings.api_keys_file:
        _add_file(ring, settings.api_keys_file, {fingerprint(key) for _, key in given} | {fingerprint(admin or "")})
    return ring


def _add_file(ring: Keyring, path: str, elsewhere: set[str]) -> None:
    for name, line in read_keys_file(path).items():
        if line.sha256 in elsewhere:
            raise ValueError(f"API_KEYS_FILE: {name} is a key that another setting holds too")
        ring.add_fingerprint(line.sha256, Caller(name, line.scopes), line.ends)
