"""The command line in this process, with the tests' domain, an empty folder and none of our variables."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import services
from app.cli import build
from app.core.settings import Settings
from tests.support.domains import DOMAINS

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs one command: arguments, then `stdin` and variables by name."""
    monkeypatch.setattr(services, "__path__", [str(DOMAINS)])
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None, **variables: str) -> Result:
        return CliRunner().invoke(build(), list(arguments), input=stdin, env={"TERM": "dumb", **variables})

    return run
