"""Which operations exist: whatever stands in `operations/`."""

from typing import Any

from app.core.discovery import by_name, members

from . import operations
from .operation import Operation

CATALOGUE: dict[str, Operation[Any, Any]] = by_name(members(operations, Operation))
