"""`presets`: choose and check how hard to try."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.core.settings import Settings
from app.infrastructure.resilience import PRESETS, parse_custom
from app.infrastructure.resilience.recommend import detect, recommend
from app.infrastructure.resilience.templates import TEMPLATES
from app.infrastructure.resilience.templates import suggest as suggest_template
from app.infrastructure.resilience.validation import validate_json

from .migration import migrate
from .output import AsJson, say_json, say_table, wrong_settings_named
from .policies import declared_policies

commands = typer.Typer(help="Resilience presets: list, show, check, choose, migrate.", no_args_is_help=True)
NUMBERS = ("retry_attempts", "circuit_breaker_threshold", "recovery_timeout", "default_strategy")


@commands.command("list")
def list_presets(as_json: AsJson = False) -> None:
    """The presets, side by side."""
    if as_json:
        say_json({name: asdict(preset) for name, preset in PRESETS.items()})
        return
    say_table(("preset", *NUMBERS), ((name, *(getattr(p, n) for n in NUMBERS)) for name, p in PRESETS.items()))


@commands.command()
def show(name: str, as_json: AsJson = False) -> None:
    """One preset. Exit code 1 when there is none of that name."""
    if name not in PRESETS:
        typer.echo(f"There is no preset {name}. Known: {', '.join(PRESETS)}.", err=True)
        raise typer.Exit(1)
    fields = asdict(PRESETS[name])
    if as_json:
        say_json(fields)
    else:
        say_table(("setting", "value"), fields.items())


@commands.command()
def validate(
    file: Annotated[Path | None, typer.Argument(help="A JSON file; RESILIENCE_CUSTOM_CONFIG when left out.")] = None,
) -> None:
    """Check a custom config. Exit code 1 when it is wrong; warnings do not count."""
    text = file.read_text(encoding="utf-8") if file else os.environ.get("RESILIENCE_CUSTOM_CONFIG", "")
    found = validate_json(text, declared_policies("simple"), os.environ.get("ENVIRONMENT", "development"))
    for sentence in (*found.errors, *found.suggestions):
        typer.echo(sentence, err=True)
    if not found.is_valid:
        raise typer.Exit(1)
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
    typer.echo("valid")


@commands.command()
def effective(as_json: AsJson = False) -> None:
    """What each operation really runs on with the settings of this environment, and who set each number."""
    with wrong_settings_named():
        settings = Settings()
        custom = parse_custom(settings.resilience_custom_config) if settings.resilience_custom_config else None
        found = declared_policies(settings.resilience_preset).plan(custom=custom)
    if as_json:
        say_json({name: asdict(one) | {"origins": dict(one.origins)} for name, one in found.items()})
        return
    rows = [
        (name, one.strategy, setting, f"{value:g}", one.origins[setting])
        for name, one in found.items()
        for setting, value in asdict(one.numbers).items()
    ]
    say_table(("operation", "strategy", "setting", "value", "set by"), rows)


@commands.command("recommend")
def recommend_preset(
    environment: Annotated[
        str | None, typer.Argument(help="Its name; looked for in the environment when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The preset for an environment, and how sure that is. A recommendation: nothing is changed."""
    found = recommend(environment) if environment else detect(os.environ)
    if as_json:
        say_json(asdict(found))
    else:
        typer.echo(f"{found.preset} (confidence {found.confidence:.2f}): {found.reason}")


@commands.command()
def templates(as_json: AsJson = False) -> None:
    """Custom configs to start from."""
    configs = {name: template.config.model_dump(exclude_unset=True) for name, template in TEMPLATES.items()}
    if as_json:
        say_json({name: {"description": TEMPLATES[name].description, "config": configs[name]} for name in configs})
        return
    columns = (*NUMBERS, "max_delay_seconds")
    rows = [(name, *(config.get(column, "-") for column in columns)) for name, config in configs.items()]
    say_table(("template", *columns), rows)


@commands.command()
def suggest(file: Annotated[Path, typer.Argument(help="A JSON file.")], as_json: AsJson = False) -> None:
    """The template nearest to a custom config, and how near. Exit code 1 when the config is wrong."""
    try:
        found = suggest_template(parse_custom(file.read_text(encoding="utf-8")))
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        say_json(asdict(found))
        return
    typer.echo(f"{found.template or 'none'} (score {found.score:.2f})")
    typer.echo("\n".join(found.reasons))


commands.command()(migrate)
