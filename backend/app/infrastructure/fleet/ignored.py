"""What is in the fleet's place in Redis and cannot be read is reported once, not at each heartbeat that meets it."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from app.core.events import FleetMessageIgnored, Hook

logger = logging.getLogger("gatehouse.fleet")

Report = Callable[[Literal["member", "desired"], bytes | None, str], None]
"""Takes where something was met, its bytes, and what is wrong with them."""


def reporting(hook: Hook) -> Report:
    """For as long as the bytes are among the latest hundred."""

    @lru_cache(maxsize=100)
    def report(kind: Literal["member", "desired"], _: bytes | None, reason: str) -> None:
        logger.warning("what Redis holds as %s was not written by this release and is ignored: %s", kind, reason)
        hook(FleetMessageIgnored(kind, reason))

    return report
