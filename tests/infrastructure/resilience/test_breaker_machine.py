"""The breaker against a model that remembers everything and optimizes nothing, driven by hypothesis."""

import math
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from app.core.errors import CircuitOpen
from app.infrastructure.resilience.breaker import Breaker, Permit
from tests.support.clock import FakeClock


class Model:
    """What `Breaker` promises, in the plainest words. A ticket is the epoch in which its call began."""

    def __init__(self, threshold: int, recovery: float) -> None:
        self.threshold, self.recovery = threshold, recovery
        self.epoch = 0
        self.state: Literal["closed", "open", "half_open"] = "closed"
        self.until = 0.0
        self.probing = False
        self.history: list[tuple[float, bool]] = []

    def enter(self, state: Literal["closed", "open", "half_open"], until: float = 0.0) -> None:
        self.state, self.until = state, until
        self.epoch += 1
        self.probing = False
        self.history = []

    def admit(self, now: float) -> int | None:
        if self.state == "open" and now >= self.until:
            self.enter("half_open")
        if self.state == "open" or self.probing:
            return None
        self.probing = self.state == "half_open"
        return self.epoch

    def finish(self, ticket: int, failed: bool | None, now: float) -> None:
        if ticket != self.epoch:
            return
        if self.state == "half_open":
            self.probing = False
            if failed is not None:
                self.enter("open" if failed else "closed", now + self.recovery)
        elif failed is not None:
            self.history.append((now, failed))
            if failed and (self.failed_in_a_row() or self.failed_by_rate(now)):
                self.enter("open", now + self.recovery)

    def failed_in_a_row(self) -> bool:
        row = [failed for _, failed in self.history[-self.threshold :]]
        return len(row) == self.threshold and all(row)

    def failed_by_rate(self, now: float) -> bool:
        recent = [failed for moment, failed in self.history if math.floor(moment) > math.floor(now) - 30]
        return len(recent) >= max(10, 2 * self.threshold) and sum(recent) >= len(recent) / 2


class BreakerMachine(RuleBasedStateMachine):
    running: Bundle[tuple[Permit, int]] = Bundle("running")

    @initialize(threshold=st.integers(1, 6), recovery=st.integers(1, 40))
    def start(self, threshold: int, recovery: int) -> None:
        self.clock = FakeClock()
        self.breaker = Breaker("upstream", threshold, recovery, self.clock)
        self.model = Model(threshold, recovery)

    @rule(target=running)
    def acquire(self) -> tuple[Permit, int] | MultipleResults[tuple[Permit, int]]:
        expected = self.model.admit(self.clock.monotonic())
        if expected is not None:
            return self.breaker.acquire(), expected
        with pytest.raises(CircuitOpen) as refusal:
            self.breaker.acquire()
        assert refusal.value.retry_after is not None
        assert refusal.value.retry_after > 0
        return multiple()

    @rule(call=consumes(running))
    def succeed(self, call: tuple[Permit, int]) -> None:
        call[0].succeed()
        self.model.finish(call[1], False, self.clock.monotonic())

    @rule(call=consumes(running))
    def fail(self, call: tuple[Permit, int]) -> None:
        call[0].fail()
        self.model.finish(call[1], True, self.clock.monotonic())

    @rule(call=consumes(running))
    def release(self, call: tuple[Permit, int]) -> None:
        call[0].release()
        self.model.finish(call[1], None, self.clock.monotonic())

    @rule(outcomes=st.lists(st.booleans(), min_size=5, max_size=25))
    def many_calls(self, outcomes: list[bool]) -> None:
        for failed in outcomes:
            ticket = self.model.admit(self.clock.monotonic())
            if ticket is None:
                return
            permit = self.breaker.acquire()
            permit.fail() if failed else permit.succeed()
            self.model.finish(ticket, failed, self.clock.monotonic())

    @rule(seconds=st.floats(0, 45))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def recovery_ends(self) -> None:
        self.clock.advance(self.breaker.open_remaining)

    @rule()
    def reset(self) -> None:
        self.breaker.reset()
        self.model.enter("closed")

    @rule(seconds=st.integers(1, 60))
    def force_open(self, seconds: int) -> None:
        self.breaker.force_open(seconds)
        self.model.enter("open", self.clock.monotonic() + seconds)

    @rule(threshold=st.integers(1, 6), recovery=st.integers(1, 40))
    def configure(self, threshold: int, recovery: int) -> None:
        self.breaker.configure(threshold, recovery)
        self.model.threshold, self.model.recovery = threshold, recovery

    @invariant()
    def states_agree(self) -> None:
        waited_out = self.model.state == "open" and self.clock.monotonic() >= self.model.until
        assert self.breaker.state == ("half_open" if waited_out else self.model.state)


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
