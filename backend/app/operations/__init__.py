"""What every domain of operations shares: from functions and their options to routes, shapes, batches and commands."""

from .catalogue import Catalogue
from .domain import domain_of
from .operation import Operation, Options, operation

__all__ = ["Catalogue", "Operation", "Options", "domain_of", "operation"]
