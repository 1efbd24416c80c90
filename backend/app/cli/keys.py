"""`keys`: making API keys."""

import typer

from app.infrastructure.security import new_key

commands = typer.Typer(help="API keys.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keeps `new` a subcommand while it is the only one."""


@commands.command()
def new() -> None:
    """Make a key: 160 random bits and a checksum. Put it into API_KEY, ADDITIONAL_API_KEYS or ADMIN_API_KEY."""
    typer.echo(new_key())
