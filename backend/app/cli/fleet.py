"""`fleet`: the instances of a running service on one screen."""

from pathlib import Path
from typing import Annotated

import typer

from app.core.settings import Settings

from .output import AsJson, say_json, wrong_settings_named


def fleet(
    url: Annotated[
        str | None, typer.Option(help="The operators' door; INTERNAL_PORT or BACKEND_PORT of this machine by default.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the operators' key; ADMIN_API_KEY when left out.", dir_okay=False)
    ] = None,
    refresh: Annotated[bool, typer.Option("--watch", help="Refresh until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between two looks.")] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Traffic is that of the last minute. Exit code 1 when the service or one of its instances cannot be reached."""
    # Not at the top: `serve` need not load this.
    from .fleet_screen import Screen, Unanswered, connect, console, look, shown, watch

    with wrong_settings_named():
        settings = Settings()
        key = _key(settings, key_file)
    address = url or f"http://127.0.0.1:{settings.internal_port or settings.backend_port}"
    try:
        with connect(address, key) as client:
            first = look(client)
            last: Screen | None = watch(client, first, every) if refresh and not as_json else first
    except Unanswered as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        say_json({"fleet": first.fleet.model_dump(mode="json"), "overview": first.overview.model_dump(mode="json")})
    elif not refresh:
        console().print(shown(first))
    if last is None or not last.whole:
        raise typer.Exit(1)


def _key(settings: Settings, key_file: Path | None) -> str:
    if key_file is not None:
        try:
            key = key_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"--key-file: {error}") from None
    else:
        key = settings.admin_api_key.get_secret_value() if settings.admin_api_key else ""
    if not key:
        raise ValueError("The operators' key is needed: set ADMIN_API_KEY, or name a file with --key-file.")
    return key
