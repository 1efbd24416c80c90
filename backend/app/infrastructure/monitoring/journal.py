"""The events that belong in the log."""

import logging

from app.core.events import (
    AccessRefused,
    AttemptFailed,
    BreakerChanged,
    Degraded,
    Events,
    Inspected,
    KeysRead,
    Screened,
)

logger = logging.getLogger("gatehouse")
audit = logging.getLogger("gatehouse.audit")


def keep_journal(events: Events) -> None:
    events.on(BreakerChanged, lambda e: logger.warning("breaker %s: %s -> %s (%s)", e.name, e.old, e.new, e.reason))
    events.on(Degraded, lambda e: logger.warning("degraded answer of %s: %s", e.operation, e.reason))
    events.on(AttemptFailed, _attempt_failed)
    events.on(Screened, lambda e: audit.warning("screened: %s by %s in %s", e.verdict, e.rule, e.operation))
    events.on(Inspected, lambda e: audit.warning("inspected: %s for %s in %s", e.verdict, e.kind, e.operation))
    events.on(AccessRefused, lambda e: audit.warning("refused: %s for %s on %s", e.code, e.peer, e.route))
    events.on(KeysRead, _keys_read)


def _keys_read(event: KeysRead) -> None:
    if event.refused:
        audit.error("the keys file has changed and is not followed, %d keys stay: %s", event.keys, event.refused)
    else:
        audit.warning("the keys file has changed: %d keys are in force", event.keys)


def _attempt_failed(event: AttemptFailed) -> None:
    then = "gave up" if event.retry_in is None else f"again in {event.retry_in:.1f} s"
    logger.warning("%s: attempt %d failed with %s, %s", event.policy, event.attempt, event.code, then)
