"""Make the keys and passwords that the compose files read. What is there stays; what was removed is made anew."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from app.infrastructure.security import new_key
from app.infrastructure.security.keys import EVERY, ORDINARY, fingerprint
from app.infrastructure.security.keys_file import key_line

FOLDER = Path(__file__).parents[1] / "secrets"
CALLERS = {"playground": ORDINARY, "operator": EVERY, "prometheus": frozenset({"internal:read"})}
PROVIDERS = ("gemini_api_key", "openai_api_key", "anthropic_api_key")


def make(folder: Path) -> Iterator[str]:
    """The names of the files that were made.

    Containers read the files as another user, so it is the folder that keeps others out.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    keys = folder / "callers/keys.toml"
    keys.parent.mkdir(exist_ok=True)
    keys.parent.chmod(0o755)  # whatever the umask
    for name, scopes in CALLERS.items():
        known = keys.read_text(encoding="utf-8").splitlines() if keys.exists() else []
        others = [line for line in known if line.partition("=")[0].strip() != name]
        if others == known or not (folder / f"{name}_key").exists():
            key = new_key()
            _written(keys, "\n".join([*others, key_line(name, fingerprint(key), scopes, None)]))
            yield _written(folder / f"{name}_key", key)
    if not ((folder / "redis.conf").exists() and (folder / "redis_url").exists()):
        password = secrets.token_urlsafe(32)
        yield _written(folder / "redis.conf", f"requirepass {password}")
        yield _written(folder / "redis_url", f"redis://:{password}@redis:6379/0")
    if not (folder / "grafana_password").exists():
        yield _written(folder / "grafana_password", secrets.token_urlsafe(24))
    for name in PROVIDERS:
        if not (folder / name).exists():
            yield _written(folder / name, "") + " (empty: put the provider's key in, if you have one)"


def _written(path: Path, text: str) -> str:
    """Replace the file in one step, because a running service may be reading it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(f"{text}\n" if text else "", encoding="utf-8")
    new.chmod(0o644)
    new.replace(path)
    return path.name


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for made in make(folder):
        print(f"made {folder.name}/{made}")
