"""`keys`: making API keys, and telling what one is good for."""

import re
import sys
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from app.core.clock import SystemClock
from app.core.errors import NotAuthenticated
from app.core.settings import Settings
from app.infrastructure.security import keyring, new_key
from app.infrastructure.security.keys import caller_id, fingerprint
from app.infrastructure.security.keys_file import NAME, key_line

from .output import wrong_settings_named

commands = typer.Typer(help="API keys.", no_args_is_help=True)


class Scope(StrEnum):
    TEXT = "text:use"
    READ = "internal:read"
    WRITE = "internal:write"


def _day(text: str) -> datetime:
    """`2027-01-31`, or a number of days from now: `90d`."""
    try:
        if text.endswith("d"):
            return datetime.fromtimestamp(SystemClock.now()) + timedelta(days=int(text[:-1]))  # noqa: DTZ006 - a day
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter("a day such as 2027-01-31, or a number of days such as 90d") from None


@commands.command()
def new(
    scope: Annotated[list[Scope] | None, typer.Option(help="What it opens; may be repeated.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(parser=_day, metavar="DAY", help="First day on which it no longer opens.")
    ] = None,
    name: Annotated[str, typer.Option(help="The caller's name in logs and ledgers.")] = "",
) -> None:
    """Make a key: 160 random bits and a checksum.

    Alone it prints the key, for API_KEY, ADDITIONAL_API_KEYS or ADMIN_API_KEY. With a scope, a name or an expiry it
    prints the line for API_KEYS_FILE, which does not hold the key, and the key itself on standard error.
    """
    if name and not re.search(NAME, name):
        raise typer.BadParameter("letters, digits, _ and - only, 64 at most", param_hint="--name")
    key = new_key()
    if not (scope or expires or name):
        typer.echo(key)
        return
    typer.echo(f"The key, shown once: {key}", err=True)
    scopes = [one.value for one in scope or [Scope.TEXT]]
    typer.echo(key_line(name or caller_id(key), fingerprint(key), scopes, expires.date() if expires else None))


@commands.command()
def check() -> None:
    """Say who the key on standard input is; exit code 1 when it opens nothing."""
    with wrong_settings_named():
        ring = keyring(Settings(), None)
    try:
        caller = ring.caller(sys.stdin.readline().strip())
    except NotAuthenticated as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    typer.echo(f"{caller.id}: {', '.join(sorted(caller.scopes))}")
