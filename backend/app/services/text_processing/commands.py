"""The domain's part of the command line: `operations`, and `run` with a subcommand for each operation."""

import asyncio
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from pydantic import ValidationError

from app.core.caller import Caller
from app.core.errors import AppError
from app.core.settings import Settings, wrong
from app.deps import Visitor, refusal
from app.infrastructure.security import ORDINARY
from app.resources import open_resources

from .catalogue import CATALOGUE
from .operation import DOMAIN, Operation
from .schemas import REQUESTS, TextRequest
from .service import run

COMMAND_LINE = Caller("command-line", ORDINARY)


def add_commands(cli: typer.Typer) -> None:
    runner = typer.Typer(help="Run one operation on a text, from a file or standard input.", no_args_is_help=True)
    for op in CATALOGUE.values():
        runner.command(op.name, help=op.description)(_runner(op))
    cli.add_typer(runner, name="run")
    cli.command("operations", help="List the operations.")(_operations)


def _operations(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    cards = [op.card() for op in CATALOGUE.values()]
    if as_json:
        typer.echo(orjson.dumps(cards, option=orjson.OPT_INDENT_2))
        return
    for card in cards:
        options = ", ".join(card["options_schema"].get("properties", {})) or "no options"
        typer.echo(f"{card['id']:<12} {card['description']} ({options})")


def _runner(op: Operation[Any, Any]) -> Callable[..., None]:
    """A command whose flags are the fields of the operation's options."""

    def command(file: Path | None, as_json: bool, question: str | None = None, **options: Any) -> None:
        try:
            text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
        except UnicodeDecodeError:
            _fail("The text is not UTF-8.")
        chosen = {name: value for name, value in options.items() if value is not None}
        body = {"operation": op.name, "text": text, "options": chosen}
        try:
            request = REQUESTS[op.name].model_validate(body | ({"question": question} if op.requires_question else {}))
        except ValidationError as error:
            _fail(refusal(error.errors(include_url=False, include_input=False)))
        try:
            reply = asyncio.run(_answer(request))
        except ValidationError as error:
            _fail("\n".join(wrong(error)))
        except (AppError, ValueError) as error:
            _fail(error)
        typer.echo(orjson.dumps(reply, option=orjson.OPT_INDENT_2) if as_json else _readable(reply))

    command.__signature__ = _signature(op)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in _signature(op).parameters.values()}
    return command


def _signature(op: Operation[Any, Any]) -> inspect.Signature:
    file = typer.Argument(help="A text file; standard input when left out.", exists=True, dir_okay=False)
    found = [
        _flag("file", Annotated[Path | None, file], None),
        _flag("as_json", Annotated[bool, typer.Option("--json", help="The whole reply, for machines.")], False),
    ]
    if op.requires_question:
        found.append(
            _flag("question", Annotated[str, typer.Option(help="What you want to know.")], inspect.Parameter.empty)
        )
    for name, field in op.options.model_fields.items():
        default = inspect.Parameter.empty if field.is_required() else field.default
        found.append(_flag(name, Annotated[field.annotation, typer.Option(help=field.description)], default))
    return inspect.Signature(found)


def _flag(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


async def _answer(request: TextRequest) -> dict[str, Any]:
    async with open_resources(Settings()) as resources:
        resources.declare({op.full_name: op.terms for op in CATALOGUE.values()})
        reply, answer = await run(request, Visitor(COMMAND_LINE, resources, DOMAIN))
        return reply | {"result": orjson.loads(answer.body)}


def _readable(reply: dict[str, Any]) -> str:
    match reply["result"]:
        case list() as items:
            return "\n".join(f"- {item}" for item in items)
        case dict() as fields:
            return "\n".join(f"{name}: {value}" for name, value in fields.items())
        case text:
            return str(text)


def _fail(error: Exception | str) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)
