"""What a process notices by itself: the traffic of the last minutes, its records, and what should worry somebody."""

import asyncio
from collections import defaultdict, deque
from dataclasses import asdict
from typing import Any

from app.core.clock import Clock
from app.infrastructure.cache import TieredCache
from app.infrastructure.fleet import History
from app.infrastructure.monitoring.traffic import Traffic
from app.infrastructure.resilience import Policies
from app.infrastructure.resilience.alerts import Alert, Alerts, Sample
from app.infrastructure.resilience.records import Counts, Record, Recorder

USAGE, ALERTS = "usage", "alerts"
"""The streams of the history that it writes."""

RECORD_SECONDS = 60.0
"""How often a process writes down what its policies did; while Redis is lost it waits with that."""

ALERT_SECONDS = 300.0
"""How far back the rules of the alerts look."""


class Watch:
    """Looks at each heartbeat; nothing here runs during a request."""

    def __init__(
        self,
        instance: str,
        traffic: Traffic,
        recorder: Recorder,
        policies: Policies,
        cache: TieredCache,
        history: History,
        clock: Clock,
    ) -> None:
        self._instance, self.traffic, self._recorder = instance, traffic, recorder
        self._policies, self._cache, self._history, self._clock = policies, cache, history, clock
        self._recent: deque[Record] = deque()
        self._pending: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)
        self._recorded = clock.now()
        self._rules = Alerts()
        self.alerts: list[Alert] = []

    async def look(self) -> None:
        now = self._clock.now()
        self.traffic.tick()
        self.collect()
        while self._recent and self._recent[0].at < now - ALERT_SECONDS:
            self._recent.popleft()
        redis_lost = not await self._cache.reachable()
        await self._judge(now, redis_lost)
        if now - self._recorded >= RECORD_SECONDS and not redis_lost:
            await self.write_down()

    def unwritten(self) -> list[Record]:
        """What has happened since the history was last written to."""
        self.collect()
        now = self._clock.now()
        return [Record(now, self._instance, *key, counts) for key, counts in self._pending.items()]

    async def write_down(self) -> None:
        records = self.unwritten()
        self._recorded = self._clock.now()
        self._pending.clear()
        await asyncio.gather(*(self._history.append(USAGE, asdict(record)) for record in records))

    def collect(self) -> None:
        """Count what has happened since the last time, under the preset that is in force."""
        for record in self._recorder.take(self._clock.now(), self._instance, self._policies.preset):
            self._recent.append(record)
            self._pending[record.preset, record.operation] += record.counts

    async def _judge(self, now: float, redis_lost: bool) -> None:
        counts = sum((record.counts for record in self._recent), Counts())
        breakers = [name for name, policy in self._policies.items() if policy.breaker.state != "closed"]
        before = {(alert.name, alert.subject): alert for alert in self.alerts}
        self.alerts = self._rules.evaluate(Sample(counts, breakers, redis_lost), now)
        present = {(alert.name, alert.subject): alert for alert in self.alerts}
        for key in present.keys() - before.keys():
            await self._tell("began", present[key])
        for key in before.keys() - present.keys():
            await self._tell("ended", before[key])

    async def _tell(self, what: str, alert: Alert) -> None:
        fields: dict[str, Any] = {"what": what, "instance": self._instance, **asdict(alert)}
        await self._history.append(ALERTS, fields)
