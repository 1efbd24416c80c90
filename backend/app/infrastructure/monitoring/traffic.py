"""What happened in the last minutes: differences of the process's own counters, so that requests pay nothing for it."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from app.core.clock import Clock

TICK_SECONDS = 5.0
KEPT_SECONDS = 900.0
PUBLIC = "/v1/"

Counts = Mapping[str, float]
"""By name: `requests`, `errors` (5xx), `refusals` (4xx), `tokens`, `dollars`, `answers`, `degraded`,
`lookups`, `hits`, `followers`; `took <= S` and `first token <= S` count what lasted at most S seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """Counts over some seconds; windows of several processes are put together by adding them."""

    seconds: float
    counts: Counts

    def rate(self, name: str) -> float:
        """Per second."""
        return self.counts.get(name, 0.0) / self.seconds if self.seconds else 0.0

    def share(self, part: str, whole: str) -> float | None:
        """From 0 to 1; None when there was nothing."""
        total = self.counts.get(whole, 0.0)
        return self.counts.get(part, 0.0) / total if total else None

    def percentile(self, what: str, percent: float) -> float | None:
        """The bucket's upper bound, in seconds, that `percent` of `took` or `first token` do not exceed."""
        bounds = sorted(
            (float(name.removeprefix(f"{what} <= ")), count)
            for name, count in self.counts.items()
            if name.startswith(f"{what} <= ")
        )
        if not bounds or not bounds[-1][1]:
            return None
        wanted = bounds[-1][1] * percent / 100
        return next(bound for bound, count in bounds if count >= wanted)


def together(windows: Iterable[Window]) -> Window:
    """The window of all processes."""
    windows = list(windows)
    total: defaultdict[str, float] = defaultdict(float)
    for window in windows:
        for name, count in window.counts.items():
            total[name] += count
    return Window(max((window.seconds for window in windows), default=0.0), total)


class Traffic:
    """Remembers the counters of the last `KEPT_SECONDS`, one sample for each tick."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._registry, self._clock = registry, clock
        self._samples: deque[tuple[float, Counts]] = deque(maxlen=int(KEPT_SECONDS / TICK_SECONDS) + 1)
        self.tick()

    def tick(self) -> None:
        self._samples.append((self._clock.monotonic(), _read(self._registry)))

    def window(self, seconds: float) -> Window:
        """What happened since the last sample that is at least `seconds` old, or since the first one."""
        now = self._clock.monotonic()
        then, before = self._samples[0]
        for moment, counts in self._samples:
            if now - moment < seconds:
                break
            then, before = moment, counts
        current = _read(self._registry)
        return Window(now - then, {name: count - before.get(name, 0.0) for name, count in current.items()})


def _read(registry: CollectorRegistry) -> Counts:
    found: defaultdict[str, float] = defaultdict(float)
    for family in registry.collect():
        for sample in family.samples:
            for name in _names(sample.name, sample.labels):
                found[name] += sample.value
    return found


def _names(metric: str, labels: Mapping[str, str]) -> Iterable[str]:
    """Under which of our names a sample counts."""
    match metric:
        case "http_requests_total" if labels["route"].startswith(PUBLIC):
            yield "requests"
            if labels["status"].startswith("5"):
                yield "errors"
            if labels["status"].startswith("4"):
                yield "refusals"
        case "http_request_duration_seconds_bucket" if labels["route"].startswith(PUBLIC):
            yield f"took <= {float(labels['le'])}"
        case "llm_time_to_first_token_seconds_bucket":
            yield f"first token <= {float(labels['le'])}"
        case "llm_tokens_total":
            yield "tokens"
        case "llm_cost_usd_total":
            yield "dollars"
        case "answers_total":
            yield "answers"
        case "degraded_responses_total":
            yield "degraded"
        case "singleflight_followers_total":
            yield "followers"
        case "cache_requests_total":
            if labels["tier"] == "l1":
                yield "lookups"
            if labels["result"] == "hit":
                yield "hits"
