"""`make new-operation`. Types and the contract of what it writes are checked by the rehearsal."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.fork.names import LONGEST
from scripts.fork.tree import changes
from tests.fork.conftest import tool

FOLDER = "backend/app/services/text_processing/operations"
LONG = "a" * LONGEST
RUFF = (sys.executable, "-m", "ruff")


@pytest.mark.parametrize("name", ["translate_formal", LONG])
def test_one_file_is_written_and_it_is_in_order(fork: Path, name: str) -> None:
    done = tool(fork, "new_operation", name)
    assert done.returncode == 0, done.stderr
    assert changes(fork) == [f"{FOLDER}/{name}.py"]
    for check in (("check",), ("format", "--check")):
        checked = subprocess.run([*RUFF, *check, f"{FOLDER}/{name}.py"], cwd=fork, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Translate",), "lower-case words joined by underscores"),
        (("translate-formal",), "lower-case words joined by underscores"),
        (("",), "lower-case words joined by underscores"),
        (("../../etc",), "lower-case words joined by underscores"),
        ((f"{LONG}a",), f"at most {LONGEST} letters"),
        (("class",), "Python has that word for itself"),
        (("list",), "Python has that word for itself"),
        (("operations",), "the house has that word for itself"),
        (("cache",), "the infrastructure uses that word"),
        (("summarize",), "text_processing has an operation of that name"),
        (("dance", "ballroom"), "there is none of that name; there are text_processing"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(
    untouched: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = tool(untouched, "new_operation", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert changes(untouched) == []


def test_with_several_services_it_asks_which_one(fork: Path) -> None:
    tool(fork, "new_service", "letters")
    assert "SERVICE= one of letters, text_processing" in tool(fork, "new_operation", "dance").stderr
    assert tool(fork, "new_operation", "dance", "letters").returncode == 0
    assert (fork / "backend/app/services/letters/operations/dance.py").exists()


def test_without_a_service_it_says_what_comes_first(fork: Path) -> None:
    tool(fork, "strip_demo")
    done = tool(fork, "new_operation", "dance")
    assert (done.returncode, done.stderr) == (2, "There is no service yet: make new-service NAME=tickets\n")
