"""What was in force in the whole fleet, and from when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from app.core.schemas import Seconds
from app.deps import Visitor
from app.infrastructure.fleet import readable
from app.infrastructure.resilience.usage import Change

CHANGES = "changes"
"""The stream of the history that configurations put into force are written to."""

MOST_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class _Record(Change):
    """`until`: when the settings hold again; None for good."""

    until: Seconds | None


async def write_down(visitor: Visitor, preset: str, custom: bool, reason: str, until: float | None) -> None:
    record = {"preset": preset, "custom": custom, "reason": reason, "until": until}
    await visitor.resources.control.history.append(CHANGES, record)


async def since(visitor: Visitor, moment: float) -> list[Change]:
    """What was in force at that moment, if anybody knows, and every change after it.

    Raises FleetUnavailable when Redis is lost.
    """
    changes = [change async for change in _all(visitor)]
    former = [replace(change, at=moment) for change in changes if change.at <= moment]
    return former[-1:] + [change for change in changes if change.at > moment]


async def _all(visitor: Visitor) -> AsyncIterator[Change]:
    """Operators' changes, oldest first; the settings hold before the first, and again where a wish has ended."""
    control, now = visitor.resources.control, visitor.resources.clock.now()
    settings = Change(0, control.steering.preset, control.steering.custom is not None, "settings")
    read = readable(_Record, await control.history.read(CHANGES, limit=MOST_RECORDS))
    records = [replace(one, at=min(one.at, now)) for one in read][::-1]  # Redis' clock may be ahead
    started = (await control.fleet.instances()).instances[0].started
    if not records or started < records[0].at:
        yield replace(settings, at=started)
    for record, following in zip(records, [*(each.at for each in records[1:]), now], strict=False):
        yield Change(record.at, record.preset, record.custom, record.reason)
        if record.until is not None and record.until < following:
            yield replace(settings, at=record.until)
