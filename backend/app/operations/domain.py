"""From a folder of operations to a domain."""

from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from fastapi import APIRouter

from app.core.domain import Domain

from .catalogue import Catalogue
from .routes import router_of
from .shapes import Shapes

if TYPE_CHECKING:
    from typer import Typer


def domain_of(name: str, operations: ModuleType, *, router: APIRouter | None = None) -> Domain:
    """A domain with the operations of that package below `/v1/<name>`.

    `router` holds routes beside the common ones, with whole paths. Raises ValueError when there is no operation.
    """
    catalogue = Catalogue.of(name, operations)
    if not catalogue.operations:
        raise ValueError(f"{operations.__name__} holds no operation")
    shapes = Shapes(catalogue)
    rooms = router_of(catalogue, shapes)
    if router:
        rooms.routes.extend(router.routes)
    return Domain(
        name=name,
        router=rooms,
        operations={op.full_name: op.terms for op in catalogue.operations.values()},
        catalogue=catalogue.operations,
        add_commands=partial(_add_commands, catalogue, shapes),
    )


def _add_commands(catalogue: Catalogue, shapes: Shapes, cli: "Typer") -> None:
    from .commands import add_commands  # the server has no use for a command line

    add_commands(cli, catalogue, shapes)
