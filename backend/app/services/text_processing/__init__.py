"""Ask a model one question about one text. The example domain: replace it with yours."""

from typing import TYPE_CHECKING

from app.core.domain import Domain

from .catalogue import CATALOGUE
from .operation import DOMAIN as NAME
from .routes import router

if TYPE_CHECKING:
    from typer import Typer


def _add_commands(cli: "Typer") -> None:
    from .commands import add_commands  # the server has no use for a command line

    add_commands(cli)


DOMAIN = Domain(
    name=NAME,
    router=router,
    operations={operation.full_name: operation.terms for operation in CATALOGUE.values()},
    add_commands=_add_commands,
)
