"""Options of any type and name on the command line."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from app.operations import domain_of
from tests.operations import odd
from tests.support.service import TEXT

DEFAULTS: dict[str, Any] = {
    "tones": ["dry"],
    "most": "all",
    "parts": ["head"],
    "limits": None,
    "tags": ["made"],
    "mood": None,
    "size": "small",
    "loud": True,
    "file": "none",
    "as_json": "none",
    "question": "none",
}


def choosy(*arguments: str) -> Result:
    cli, domain = typer.Typer(), domain_of("odd", odd)
    assert domain.add_commands is not None
    domain.add_commands(cli)
    cli.command("another")(lambda: None)  # typer lifts the only command of a command line
    environment = {"TERM": "dumb", "COLUMNS": "200", "AI_MODEL": "offline"}
    return CliRunner().invoke(cli, ["run", "choosy", *arguments], input=TEXT, env=environment)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), {}),
        (("--most", "7"), {"most": 7}),
        (("--most", '"few"'), {"most": "few"}),
        (("--parts", '["head", "tail"]'), {"parts": ["head", "tail"]}),
        (("--limits", '{"words": 9}'), {"limits": {"words": 9}}),
        (("--tags", "one", "--tags", "two"), {"tags": ["one", "two"]}),
        (("--mood", "wild"), {"mood": "wild"}),
        (("--size", "large"), {"size": "large"}),
        (("--no-loud",), {"loud": False}),
        (("--file", "a", "--as-json", "b", "--question", "c"), {"file": "a", "as_json": "b", "question": "c"}),
    ],
)
def test_an_option_arrives_as_it_was_given_and_the_others_with_their_defaults(
    arguments: tuple[str, ...], told: dict[str, Any]
) -> None:
    done = choosy("--json", "--tones", '["dry"]', *arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["result"] == DEFAULTS | told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "Missing option '--tones'"),
        (("--tones", "[dry"), 2, "Invalid value for '--tones'"),
        (("--tones", '["sour"]'), 1, "options.tones.0: Input should be 'warm' or 'dry'"),
        (("--tones", '["dry"]', "--mood", "grim"), 2, "Invalid value for '--mood'"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = choosy(*arguments)
    assert (done.exit_code, said in done.stderr) == (code, True), done.stderr


def test_the_help_names_what_is_given_as_json() -> None:
    shown = choosy("--help").stdout
    flags = {line.split("--")[1].split()[0] for line in shown.splitlines() if "  JSON  " in line}
    assert flags == {"tones", "most", "parts", "limits"}
