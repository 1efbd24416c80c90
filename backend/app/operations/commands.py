"""A subcommand of `run` for each operation."""

import asyncio
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, NoReturn, get_args, get_origin

import orjson
import typer
from pydantic import ValidationError

from app.core.caller import Caller
from app.core.errors import AppError
from app.core.settings import Settings, wrong
from app.deps import Visitor, refusal
from app.infrastructure.security import ORDINARY
from app.resources import open_resources

from .catalogue import Catalogue
from .operation import Operation
from .replies import run
from .schemas import TextRequest
from .shapes import Shapes

COMMAND_LINE = Caller("command-line", ORDINARY)


def add_commands(cli: typer.Typer, catalogue: Catalogue, shapes: Shapes) -> None:
    """An operation whose name another domain has taken gets its full name."""
    runner = _runner(cli)
    taken = {command.name for command in runner.registered_commands}
    for op in catalogue.operations.values():
        name = op.full_name if op.name in taken else op.name
        runner.command(name, help=op.description)(_command(op, catalogue, shapes))


def _runner(cli: typer.Typer) -> typer.Typer:
    """The group `run`, which all domains share."""
    found = next((group.typer_instance for group in cli.registered_groups if group.name == "run"), None)
    if found is None:
        found = typer.Typer(help="Run one operation on a text, from a file or standard input.", no_args_is_help=True)
        cli.add_typer(found, name="run")
    return found


def _command(op: Operation[Any, Any], catalogue: Catalogue, shapes: Shapes) -> Callable[..., None]:
    """A command whose flags are the fields of the operation's options."""

    def command(file: Path | None, as_json: bool, question: str | None = None, **options: Any) -> None:
        try:
            text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
        except UnicodeDecodeError:
            _fail("The text is not UTF-8.")
        chosen = {name: value for name, value in options.items() if value is not None}
        body = {"operation": op.name, "text": text, "options": chosen}
        try:
            request = shapes.requests[op.name].model_validate(
                body | ({"question": question} if op.requires_question else {})
            )
        except ValidationError as error:
            _fail(refusal(error.errors(include_url=False, include_input=False)))
        try:
            reply = asyncio.run(_answer(catalogue, request))
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
        found.append(_flag(name, Annotated[_plain(field.annotation), typer.Option(help=field.description)], default))
    return inspect.Signature(found)


def _plain(kind: Any) -> Any:
    """A list without the bounds of its items, which typer does not know; the request is validated anyway."""
    if get_origin(kind) is list and get_origin(item := get_args(kind)[0]) is Annotated:
        return GenericAlias(list, (get_args(item)[0],))
    return kind


def _flag(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


async def _answer(catalogue: Catalogue, request: TextRequest) -> dict[str, Any]:
    async with open_resources(Settings()) as resources:
        resources.declare({op.full_name: op.terms for op in catalogue.operations.values()})
        reply, answer = await run(catalogue, request, Visitor(COMMAND_LINE, resources, catalogue.domain))
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
