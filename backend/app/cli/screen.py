"""`screen`: what the input screen says about texts."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.infrastructure.ai.screening import BLOCK, FLAG, Assessment


def screen(
    file: Annotated[str, typer.Argument(help='Lines of text, or of JSON with a "text"; - reads standard input.')],
    explain: Annotated[bool, typer.Option(help="Name each rule that was met, where, and its points.")] = False,
) -> None:
    """Score texts, one line each: from 5 points on a text is flagged, from 10 on it may be blocked."""
    from app.infrastructure.ai.screening.scorer import assess  # its rules are a wait that other commands do without

    try:
        for text in _texts(file):
            typer.echo(orjson.dumps(_shown(assess(text), explain)))
    except (OSError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _texts(file: str) -> Iterator[str]:
    with sys.stdin if file == "-" else Path(file).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _text(line.rstrip("\n"), number)


def _text(line: str, number: int) -> str:
    if not line.startswith("{"):
        return line
    try:
        text = orjson.loads(line)["text"]
    except (orjson.JSONDecodeError, KeyError):
        text = None
    if not isinstance(text, str):
        raise ValueError(f'line {number} is no JSON object with a "text"')
    return text


def _shown(found: Assessment, explain: bool) -> dict[str, Any]:
    verdict = "block" if found.score >= BLOCK else "flag" if found.score >= FLAG else "pass"
    shown = {"score": found.score, "verdict": verdict}
    if not explain:
        return shown
    evidence = [
        {"rule": one.rule, "span": [one.start, one.end], "weight": one.weight, "view": one.view}
        for one in found.evidence
    ]
    return shown | {"evidence": evidence}
