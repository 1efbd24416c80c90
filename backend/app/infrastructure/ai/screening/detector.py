"""The socket for stronger detectors, and what every detector says about a text."""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

FLAG, BLOCK = 5, 10
"""Points from which a text is flagged, and from which it may be blocked."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rule was met between two positions of the text; `view` names the reading that it was met in."""

    rule: str
    weight: int
    start: int
    end: int
    view: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """`score` in points; `FLAG` and `BLOCK` say what follows from it."""

    score: int
    evidence: tuple[Evidence, ...] = ()

    @property
    def rule(self) -> str:
        """The weightiest rule that was met; empty when none was."""
        return self.evidence[0].rule if self.evidence else ""


class Detector(Protocol):
    """A second opinion on texts that the rules do not block; no points when it cannot judge within its own time-out."""

    async def assess(self, text: str) -> Assessment: ...

    async def aclose(self) -> None: ...


def load_detector(path: str) -> Detector:
    """What the function `module:function` makes."""
    module, _, function = path.partition(":")
    made: Detector = getattr(import_module(module), function)()
    return made
