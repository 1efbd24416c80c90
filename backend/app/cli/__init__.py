"""The command line, put together from its rooms and from what the domains add."""

import typer

from app.main import installed_domains

from . import bench, doctor, fleet, keys, openapi, operations, presets, screen, serve


def build() -> typer.Typer:
    cli = typer.Typer(
        name="python -m app",
        help="Gatehouse, the LLM API backend that teams fork.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    cli.command("serve", help="Start the server.")(serve.serve)
    cli.add_typer(presets.commands, name="presets")
    cli.command("doctor", help="Show what is on, what is off, and whether every control is wired.")(doctor.doctor)
    cli.command("fleet", help="Show the instances of a running service on one screen.")(fleet.fleet)
    cli.command("operations", help="List the operations.")(operations.operations)
    cli.command("openapi", help="Print an OpenAPI document.")(openapi.openapi)
    cli.command("bench", help="Measure what the resilience parts cost on this machine.")(bench.bench)
    cli.add_typer(keys.commands, name="keys")
    cli.command("screen", help="Score texts as the input screen does.")(screen.screen)
    for domain in installed_domains():
        if domain.add_commands:
            domain.add_commands(cli)
    return cli
