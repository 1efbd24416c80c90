"""How late the event loop comes to its work: the time for which one piece of work kept all others waiting."""

from app.core.clock import Clock
from app.core.events import Hook, LoopLagged

EVERY_SECONDS = 0.25


async def watch_loop(clock: Clock, hook: Hook) -> None:
    """Report the lag four times a second, for ever."""
    while True:
        due = clock.monotonic() + EVERY_SECONDS
        await clock.sleep(EVERY_SECONDS)
        hook(LoopLagged(max(0.0, clock.monotonic() - due)))
