"""The guide "Make it yours", followed to the letter in a clone."""

import re
import subprocess
import sys

import pytest

from scripts.fork.rehearse import GUIDE, commands
from tests.fork.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
STEPS = list(commands((ROOT / GUIDE).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def log() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.fork.rehearse"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def after(log: str, command: str, following: str) -> list[str]:
    """What `following` said when it came next after the command."""
    lines = log.partition(f"  {command}\n")[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.endswith(f"  {following}"))
    said = []
    for line in lines[start + 1 :]:
        if re.match(r" *\d+\.\d s  ", line):
            break
        said.append(line.strip())
    return said


def test_every_command_of_the_guide_is_run_in_its_order(log: str) -> None:
    assert re.findall(r"^ *\d+\.\d s  (.*)$", log, re.MULTILINE) == [*STEPS, "in all"]


def test_the_guide_uses_every_target_of_the_workbench() -> None:
    section = MAKEFILE.partition("# ── fork ──")[2].partition("# ──")[0]
    targets = set(re.findall(r"^([a-z-]+):", section, re.MULTILINE)) - {"rehearse"}
    assert targets == {"new-operation", "new-service", "rename", "strip-demo"}
    assert targets <= {word for step in STEPS for word in step.split()}


def test_an_operation_is_one_new_file(log: str) -> None:
    command = next(step for step in STEPS if "new-operation" in step)
    assert after(log, command, "git status --short") == [
        "?? backend/app/services/letters/operations/translate_formal.py"
    ]


def test_a_domain_is_one_new_folder_and_its_tests(log: str) -> None:
    for name, command in (("letters", "make new-service"), ("tickets", "cp -r examples/services/tests")):
        full = next(step for step in STEPS if step.startswith(command))
        expected = [f"?? backend/app/services/{name}/", f"?? tests/services/{name}/"]
        assert after(log, full, "git status --short") == expected


def test_the_fork_serves_what_was_added(log: str) -> None:
    assert "/v1/ lists letters, tickets\n" in log
