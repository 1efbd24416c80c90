"""How commands speak: a table for a person, JSON for a machine, one sentence and exit code 2 for a wrong setting."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from app.core.settings import wrong

WIDE = 200
"""Columns of output that goes into a file or another program."""

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def say_json(value: Any) -> None:
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console  # not at the top: `serve` shows no tables and need not load this
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


@contextmanager
def wrong_settings_named() -> Iterator[None]:
    """End the command with the sentence that names the wrong setting, instead of a traceback."""
    try:
        yield
    except ValidationError as error:
        typer.echo("\n".join(wrong(error)), err=True)
        raise typer.Exit(2) from None
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
