"""`examples/clients/stream.py`, piped and in a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.programs import EXAMPLES, environment, run
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import new_text

STREAM = EXAMPLES / "clients/stream.py"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes.txt").write_text(new_text(), encoding="utf-8")
    return tmp_path


def in_terminal(folder: Path, **variables: str) -> tuple[int, str]:
    """The exit code, and all that a terminal was sent."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, STREAM, "notes.txt"], cwd=folder, env=variables, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65_536):
                shown += piece
        except OSError:
            pass  # how Linux says that the other side of a terminal is closed
        os.close(ours)
        return process.wait(), shown.decode()


def test_a_pipe_gets_the_text_and_nothing_of_the_display(
    hosted_product: Service, model: ModelServer, notes: Path
) -> None:
    model.behave(text="Tea was late, yet nobody minded.")
    done = run(STREAM, "notes.txt", cwd=notes, **environment(hosted_product))
    said, end = done.stdout.splitlines()
    assert said == "Tea was late, yet nobody minded."
    assert end.startswith("model, 6 tokens, request ")


def test_a_terminal_shows_what_has_come_and_why_no_more_comes(
    hosted_product: Service, model: ModelServer, notes: Path
) -> None:
    model.behave(text="Tea was late, yet nobody minded.", stall_after=4)
    code, shown = in_terminal(notes, TERM="xterm", **environment(hosted_product))
    assert code == 1
    assert "Tea was" in shown
    assert "pieces" in shown
    assert "minded" not in shown
    assert shown.splitlines()[-1].startswith("provider_timeout: ")


def test_a_refusal_before_the_stream_is_said_in_its_words(hosted_product: Service, notes: Path) -> None:
    done = run(STREAM, "notes.txt", cwd=notes, **environment(hosted_product, API_KEY="nobodys"))
    assert (done.returncode, done.stderr) == (1, "unknown_key: This API key is not known here.\n")
