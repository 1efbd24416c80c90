"""What inspection found in one answer."""

from dataclasses import dataclass, field
from typing import Literal, NoReturn

from app.core.errors import ProviderBadAnswer
from app.core.events import Hook, Inspected, ignore

Kind = Literal["address", "script", "markup", "control", "invisible", "secret"]


@dataclass(frozen=True, slots=True)
class Findings:
    """Reports each kind of harm once, however often the answer is looked at."""

    operation: str = ""
    hook: Hook = ignore
    _mended: set[Kind] = field(default_factory=set)

    def mended(self, kind: Kind) -> None:
        if kind not in self._mended:
            self._mended.add(kind)
            self.hook(Inspected(self.operation, "mended", kind))

    def refuse(self, kind: Literal["instructions", "secret"]) -> NoReturn:
        self.hook(Inspected(self.operation, "refused", kind))
        raise ProviderBadAnswer
