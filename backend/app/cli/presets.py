"""`presets`: choose and check how hard to try."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.core.clock import SystemClock
from app.core.settings import Settings
from app.infrastructure.resilience import PRESETS, Policies, parse_custom
from app.infrastructure.resilience.custom import warnings
from app.infrastructure.resilience.recommend import detect, recommend
from app.main import installed_domains

from .output import AsJson, say_json, say_table, wrong_settings_named

commands = typer.Typer(help="Resilience presets: list, show, check, choose.", no_args_is_help=True)
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
    try:
        config = parse_custom(text)
        _policies("simple").plan(custom=config)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for warning in warnings(config, os.environ.get("ENVIRONMENT", "development")):
        typer.echo(f"warning: {warning}")
    typer.echo("valid")


@commands.command()
def effective(as_json: AsJson = False) -> None:
    """What each operation really runs on with the settings of this environment, and who set each number."""
    with wrong_settings_named():
        settings = Settings()
        custom = parse_custom(settings.resilience_custom_config) if settings.resilience_custom_config else None
        found = _policies(settings.resilience_preset).plan(custom=custom)
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


def _policies(preset: str) -> Policies:
    policies = Policies(preset, None, SystemClock())
    for domain in installed_domains():
        for name, terms in domain.operations.items():
            policies.declare(name, terms.strategy)
    return policies
