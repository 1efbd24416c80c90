"""The socket: what a folder under `app/services` offers to the rest of the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from .terms import Terms

if TYPE_CHECKING:
    from typer import Typer

NO_DOMAIN = "No domain is installed: `make new-service NAME=tickets` makes one, and docs/make-it-yours.md says more."


@dataclass(frozen=True, slots=True)
class Domain:
    """`operations` maps full names (`domain.operation`) to their terms; routes start with `/v1/<name>/`.

    `catalogue` holds what lists and forms show: operations by their short names, each with a `card()`.
    """

    name: str
    router: APIRouter
    operations: Mapping[str, Terms] = field(default_factory=dict)
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    add_commands: "Callable[[Typer], None] | None" = None
