"""Two sides in turn, and what their figures say against a target."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Quartiles:
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Quartiles":
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f} to {self.high:.2f}]"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `target` is the least that `found` may be, or with `at_most` the most."""

    path: str
    measure: str
    found: Quartiles
    target: float
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        return self.found.median <= self.target if self.at_most else self.found.median >= self.target

    @property
    def bound(self) -> str:
        return f"{self.target:.3g} or {'less' if self.at_most else 'more'}"

    def cells(self) -> tuple[str, str, str, str, str, str]:
        return self.path, self.measure, str(self.found), self.bound, "yes" if self.met else "no", self.note


Pairs = list[tuple[T, T]]


def in_turn(ours: Callable[[], T], yardstick: Callable[[], T], pairs: int) -> Pairs[T]:
    """A B A B ...: what disturbs the machine disturbs both. The first slice of each warms up and is dropped."""
    ours(), yardstick()
    return [(ours(), yardstick()) for _ in range(pairs)]


def ratios(pairs: Pairs[T], figure: Callable[[T], float]) -> Quartiles:
    """Ours against the yardstick, pair by pair."""
    return Quartiles.of([figure(ours) / figure(yardstick) for ours, yardstick in pairs])


def differences(pairs: Pairs[T], figure: Callable[[T], float]) -> Quartiles:
    return Quartiles.of([figure(ours) - figure(yardstick) for ours, yardstick in pairs])


def typical(pairs: Pairs[T], figure: Callable[[T], float]) -> tuple[float, float]:
    """The medians of both sides."""
    return statistics.median(figure(ours) for ours, _ in pairs), statistics.median(figure(other) for _, other in pairs)
