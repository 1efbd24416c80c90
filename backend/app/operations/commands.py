"""A subcommand of `run` for each operation."""

import asyncio
import inspect
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

import orjson
import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

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
PLAIN = (str, int, float, bool)


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
    """A command whose flags are the fields of the operation's options, whose names never begin with `_`."""

    def command(_file: Path | None, _as_json: bool, **flags: Any) -> None:
        try:
            text = _file.read_text(encoding="utf-8") if _file else sys.stdin.read()
        except UnicodeDecodeError:
            _fail("The text is not UTF-8.")
        asked = {"question": flags.pop("question")} if op.requires_question else {}
        chosen = {name: value for name, value in flags.items() if value is not None}
        body = {"operation": op.name, "text": text, "options": chosen} | asked
        try:
            request = shapes.requests[op.name].model_validate(body)
        except ValidationError as error:
            _fail(refusal(error.errors(include_url=False, include_input=False)))
        try:
            reply = asyncio.run(_answer(catalogue, request))
        except ValidationError as error:
            _fail("\n".join(wrong(error)))
        except (AppError, ValueError) as error:
            _fail(error)
        typer.echo(orjson.dumps(reply, option=orjson.OPT_INDENT_2) if _as_json else _readable(reply))

    command.__signature__ = _signature(op)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in _signature(op).parameters.values()}
    return command


def _signature(op: Operation[Any, Any]) -> inspect.Signature:
    words = "A text file; standard input when left out."
    file = typer.Argument(help=words, metavar="FILE", exists=True, dir_okay=False)
    found = [
        _flag("_file", Annotated[Path | None, file], None),
        _flag("_as_json", Annotated[bool, typer.Option("--json", help="The whole reply, for machines.")], False),
    ]
    if op.requires_question:
        found.append(
            _flag("question", Annotated[str, typer.Option(help="What you want to know.")], inspect.Parameter.empty)
        )
    found += [_option(name, field) for name, field in op.options.model_fields.items()]
    return inspect.Signature(found)


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """The flag of one option; JSON for what typer has no flag for. None leaves the default to the request."""
    kind = _plain(field.annotation)
    info = typer.Option(help=field.description)
    if kind is None:
        info.parser, info.metavar = orjson.loads, "JSON"
    default = field.default if kind and not field.default_factory else None
    return _flag(name, Annotated[kind or Any, info], inspect.Parameter.empty if field.is_required() else default)


def _plain(kind: Any) -> Any:
    """The type without its bounds, which the request checks anyway; None for one that typer does not know."""
    origin, inner = get_origin(kind), [one for one in get_args(kind) if one is not NoneType]
    if origin is Annotated or (origin in (Union, UnionType) and len(inner) == 1):
        return _plain(inner[0])
    if origin is list and (item := _plain(inner[0])) in PLAIN:
        return GenericAlias(list, (item,))
    known = origin is Literal or kind in PLAIN or (isinstance(kind, type) and issubclass(kind, Enum))
    return kind if known else None


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
