"""`make new-service`. That its tests pass is for the rehearsal to show."""

from pathlib import Path

import pytest

from scripts.fork.tree import changes, git
from tests.fork.conftest import tool

CODE, TESTS = "backend/app/services/letters/", "tests/services/letters/"


def test_two_folders_are_written_and_nothing_else_changes(fork: Path) -> None:
    assert tool(fork, "new_service", "letters").returncode == 0
    assert git(fork, "status", "--short").splitlines() == [f"?? {CODE}", f"?? {TESTS}"]


def test_the_first_operation_may_have_a_name_of_its_own(fork: Path) -> None:
    assert tool(fork, "new_service", "letters", "sort_letters").returncode == 0
    assert f"{CODE}operations/sort_letters.py" in changes(fork)
    assert '"sort_letters"' in (fork / TESTS / "test_operations.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Letters",), "lower-case words joined by underscores, as in tickets"),
        (("import",), "Python has that word for itself"),
        (("health",), "the house has that word for itself"),
        (("text_processing",), "backend/app/services/text_processing is there already"),
        (("letters", "Sort"), "lower-case words joined by underscores"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(
    untouched: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = tool(untouched, "new_service", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert changes(untouched) == []


def test_tests_that_are_there_already_are_not_overwritten(fork: Path) -> None:
    (fork / TESTS).mkdir()
    assert "tests/services/letters is there already" in tool(fork, "new_service", "letters").stderr
    assert not (fork / CODE).exists()
