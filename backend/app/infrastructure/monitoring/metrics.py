"""Prometheus metrics, counted from what the other rooms report."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.core.events import (
    AccessRefused,
    Answered,
    AttemptFailed,
    BreakerChanged,
    CacheDropped,
    CacheLookup,
    CallFinished,
    ConnectionRefused,
    Degraded,
    Events,
    FleetChanged,
    FlightFollowed,
    Inspected,
    LoopLagged,
    ModelCalled,
    Screened,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
STATES = {"closed": 0, "half_open": 1, "open": 2}


class Metrics:
    """One registry per app, fed by its events.

    Label children are looked up once and kept; label values come from code and settings, never from callers.
    """

    def __init__(self, events: Events) -> None:
        self.registry = CollectorRegistry()
        count, spread = self._counter, self._histogram
        self._requests = count("http_requests", "Requests answered.", "method", "route", "status")
        self._durations = spread("http_request_duration_seconds", "Time to answer a request.", "method", "route")
        self._lookups = count("cache_requests", "Cache look-ups.", "tier", "result")
        self._dropped = count("cache_invalidated_entries", "Entries removed by operators.", "tier")
        self._followers = count("singleflight_followers", "Questions that joined an equal one in flight.", "scope")
        self._models = count("llm_requests", "Calls of a model.", "operation", "provider", "model", "outcome")
        self._tokens = count("llm_tokens", "Tokens used.", "type")
        self._cost = count("llm_cost_usd", "Money spent on models of known price.")
        self._unpriced = count("llm_unpriced_calls", "Calls that may have cost money, nobody knows how much.")
        self._model_time = spread("llm_request_duration_seconds", "Time of a model call.", "provider", "model")
        self._first_token = spread(
            "llm_time_to_first_token_seconds", "Time to the first token of a stream.", "provider", "model"
        )
        self._calls = count("resilience_calls", "Calls through a policy.", "policy", "outcome")
        self._failed = count("resilience_failed_attempts", "Failed tries of a call.", "policy", "code")
        self._changes = count("circuit_breaker_transitions", "Changes of a breaker.", "policy", "state")
        self._states = self._gauge("circuit_breaker_state", "0 closed, 1 half-open, 2 open.", "policy")
        self._answers = count("answers", "Answers given to callers.", "source")
        self._degraded = count("degraded_responses", "Old or offline answers that stood in for a model's.", "reason")
        self._screened = count("screened_texts", "Texts that try to instruct the model.", "verdict", "rule")
        self._inspected = count("inspected_answers", "Answers that held something harmful.", "verdict", "kind")
        self._refused = count("access_refused", "Requests refused for their key.", "code")
        self._closed = count("connections_refused", "Connections closed for what came over them, or did not.", "code")
        self._lag = spread("event_loop_lag_seconds", "How late the event loop comes to its work.")
        self._gauge("process_start_time_seconds", "When the youngest process started.").set_to_current_time()
        self._instances = self._gauge(
            "fleet_instances", "Instances that know each other, where it is the fewest.", mode="livemin"
        )
        self._instances.set(1)
        # A counter that appears with its first event hides that event from `rate`.
        self._refused("unknown_key")
        for scope in ("process", "fleet"):
            self._followers(scope)
        on = events.on
        on(CacheLookup, lambda e: self._lookups(e.tier, e.result).inc())
        on(CacheDropped, lambda e: self._dropped(e.tier).inc(e.count))
        on(FlightFollowed, lambda e: self._followers(e.scope).inc())
        on(ModelCalled, self._model_called)
        on(CallFinished, lambda e: self._calls(e.policy, e.outcome).inc())
        on(AttemptFailed, lambda e: self._failed(e.policy, e.code).inc())
        on(BreakerChanged, self._breaker_changed)
        on(Answered, lambda e: self._answers(e.source).inc())
        on(Degraded, lambda e: self._degraded(e.reason).inc())
        on(Screened, lambda e: self._screened(e.verdict, e.rule).inc())
        on(Inspected, lambda e: self._inspected(e.verdict, e.kind).inc())
        on(AccessRefused, lambda e: self._refused(e.code).inc())
        on(ConnectionRefused, lambda e: self._closed(e.code).inc())
        on(LoopLagged, lambda e: self._lag().observe(e.seconds))
        on(FleetChanged, lambda e: self._instances.set(e.instances))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests(method, route, status).inc()
        self._durations(method, route).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format, summed over the worker processes of this machine."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        from prometheus_client.multiprocess import MultiProcessCollector

        _forget_dead_processes(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        merged = CollectorRegistry()
        MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
        return generate_latest(merged)

    def _counter(self, name: str, help_: str, *labels: str) -> Callable[..., Counter]:
        metric = Counter(name, help_, labels, registry=self.registry)
        return cache(metric.labels) if labels else lambda: metric

    def _histogram(self, name: str, help_: str, *labels: str) -> Callable[..., Histogram]:
        metric = Histogram(name, help_, labels, registry=self.registry, buckets=SECONDS)
        return cache(metric.labels) if labels else lambda: metric

    def _gauge(self, name: str, help_: str, *labels: str, mode: Literal["livemax", "livemin"] = "livemax") -> Gauge:
        return Gauge(name, help_, labels, registry=self.registry, multiprocess_mode=mode)

    def _model_called(self, event: ModelCalled) -> None:
        self._models(event.operation, event.provider, event.model, event.outcome).inc()
        self._tokens("input").inc(event.input_tokens)
        self._tokens("output").inc(event.output_tokens)
        self._cost().inc(event.cost_usd or 0)
        self._unpriced().inc(event.cost_usd is None)
        self._model_time(event.provider, event.model).observe(event.seconds)
        if event.first_token is not None:
            self._first_token(event.provider, event.model).observe(event.first_token)

    def _breaker_changed(self, event: BreakerChanged) -> None:
        self._changes(event.name, event.new).inc()
        self._states.labels(event.name).set(STATES[event.new])


def _forget_dead_processes(folder: str) -> None:
    """Drop the gauges of killed workers, whose breakers would stay open for ever; counters stay."""
    if os.name != "posix":
        return  # elsewhere signal 0 is not harmless
    for file in Path(folder).glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
