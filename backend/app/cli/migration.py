"""`presets migrate`: from the former resilience variables to the settings of today."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from pydantic_settings import DotEnvSettingsSource

from app.core.settings import Settings
from app.core.settings_sources import variables
from app.infrastructure.resilience.migrate import Migration
from app.infrastructure.resilience.migrate import migrate as migrate_variables

from .output import AsJson, say_json, say_table
from .policies import declared_policies


class Form(StrEnum):
    SHELL = "shell"
    ENV = "env"
    COMPOSE = "compose"


def migrate(
    form: Annotated[Form, typer.Option("--format", help="What the new lines are for.")] = Form.ENV,
    as_json: AsJson = False,
) -> None:
    """Read the former variables, from the environment and `.env`, and print what replaces them; nothing is written.

    Exit code 1 when one of them cannot be taken over.
    """
    found = migrate_variables(variables(DotEnvSettingsSource(Settings)), declared_policies("simple"))
    if as_json:
        forms = {one.value: found.lines(one.value) for one in Form}
        config = found.overrides.model_dump(exclude_unset=True) if found.overrides else None
        say_json(asdict(found) | {"overrides": config, "lines": forms})
    else:
        _say(found, form)
    if found.problems:
        raise typer.Exit(1)


def _say(found: Migration, form: Form) -> None:
    if not found.found:
        typer.echo("Nothing to migrate: none of the former variables is set.")
        return
    typer.echo(f"Closest preset: {found.preset} (score {found.score:.2f})\n")
    if found.differences:
        rows = [(one.setting, one.was, "-" if one.otherwise is None else one.otherwise) for one in found.differences]
        say_table(("setting", "was", "without an override"), rows)
        typer.echo()
    typer.echo(f"Remove {', '.join(found.found)}; write instead:\n")
    typer.echo("\n".join(found.lines(form.value)))
    for problem in found.problems:
        typer.echo(f"problem: {problem}", err=True)
