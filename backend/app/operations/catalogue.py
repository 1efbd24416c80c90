"""Which operations a domain has: whatever stands in its folder of operations."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Self

from app.core.discovery import by_name, members

from .operation import Operation


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`operations` are by their short names."""

    domain: str
    operations: dict[str, Operation[Any, Any]]

    @classmethod
    def of(cls, domain: str, package: ModuleType) -> Self:
        """Raises what `members` and `by_name` raise for a file without an operation and for a name twice."""
        found = by_name(members(package, Operation))
        for op in found.values():
            op.domain = domain
        return cls(domain, found)
