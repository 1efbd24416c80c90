"""The keyring in force: a keys file that changes while the process runs is followed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.core.caller import Caller
from app.core.events import Hook, KeysRead

from .keys import Keyring

Stamp = tuple[int, int, int] | None


class LiveKeys:
    """`read` makes a keyring from the settings and the file at `path`, and raises ValueError for one it cannot follow.

    Without a path the keys stay as they are.
    """

    def __init__(self, path: str | None, read: Callable[[], Keyring], hook: Hook) -> None:
        self._path, self._read, self._hook = path, read, hook
        self._seen = _stamp(path)  # before the reading, so that no change is missed
        self._ring = read()

    def caller(self, key: str) -> Caller:
        return self._ring.caller(key)

    async def look(self) -> None:
        """Follow a file that has changed; one that cannot be followed changes nothing and is reported once."""
        stamp = await asyncio.to_thread(_stamp, self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._ring = await asyncio.to_thread(self._read)
        except ValueError as error:
            self._hook(KeysRead(len(self._ring), str(error)))
        else:
            self._hook(KeysRead(len(self._ring)))


def _stamp(path: str | None) -> Stamp:
    """What differs when the file does; None while there is none."""
    try:
        found = Path(path).stat() if path else None
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size) if found else None
