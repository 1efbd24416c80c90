"""`make rename`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.fork.rename import RECORD, project, rename, renamed
from scripts.fork.tree import changes, files, git, text_of
from tests.fork.conftest import ROOT, tool

OLD = project(ROOT)["name"]
LONGEST = "harbour-letter-gates"


def commit(fork: Path) -> None:
    git(fork, "add", "-A")
    git(fork, "commit", "-q", "-m", "Ours")


@pytest.mark.parametrize("name", ["acme-gate", "harbour", LONGEST])
def test_nothing_says_the_old_name_but_the_record(fork: Path, name: str) -> None:
    done = tool(fork, "rename", name)
    assert done.returncode == 0, done.stderr
    assert project(fork)["name"] == name
    saying = [path for path in files(fork) if re.search(OLD, f"{path.name} {text_of(path)}", re.IGNORECASE)]
    assert [path.name for path in saying] == [RECORD]


def test_the_record_says_which_template_this_was(fork: Path) -> None:
    commit_of_template = git(fork, "rev-parse", "HEAD")
    tool(fork, "rename", "acme-gate")
    commit(fork)
    tool(fork, "rename", "acme-harbour")
    recorded = json.loads((fork / RECORD).read_text(encoding="utf-8"))
    assert (recorded["template"], recorded["commit"]) == (OLD, commit_of_template)
    assert f'"{recorded["version"]}"' in (fork / "backend/app/__init__.py").read_text(encoding="utf-8")


def test_a_second_run_changes_nothing(fork: Path) -> None:
    tool(fork, "rename", "acme-gate")
    commit(fork)
    again = tool(fork, "rename", "acme-gate")
    assert (again.returncode, again.stdout, changes(fork)) == (0, "The name is acme-gate already.\n", [])


def test_the_way_back_leads_back(fork: Path) -> None:
    before = {path: text_of(path) for path in files(fork)}
    rename(fork, "-".join(("tin", "bridge")))  # nowhere in one piece, because the way back would change it here
    assert rename(fork, OLD)
    assert {path for path in before if before[path] != text_of(path)} == set()


WRONG = ("", "Acme", "acme_gate", "-acme", "acme--gate", "../acme", "acme gate", f"{LONGEST}s")


@pytest.mark.parametrize("name", WRONG)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_changed(untouched: Path, name: str) -> None:
    done = tool(untouched, "rename", name)
    assert done.returncode == 2
    assert "use lower-case words joined by hyphens" in done.stderr
    assert changes(untouched) == []


@pytest.mark.parametrize("name", ["app", "cache", "a", "single-flight"])
def test_a_word_of_the_code_is_refused_because_there_would_be_no_way_back(untouched: Path, name: str) -> None:
    done = tool(untouched, "rename", name)
    assert (done.returncode, changes(untouched)) == (2, [])
    assert "the code has that word for something else" in done.stderr


def test_a_working_copy_with_changes_is_refused_unless_forced(fork: Path) -> None:
    (fork / "notes.txt").write_text(f"{OLD} notes\n", encoding="utf-8")
    refused = tool(fork, "rename", "acme-gate")
    assert (refused.returncode, changes(fork)) == (2, ["notes.txt"])
    assert "FORCE=1" in refused.stderr
    assert tool(fork, "rename", "acme-gate", FORCE="1").returncode == 0
    assert (fork / "notes.txt").read_text(encoding="utf-8") == "acme-gate notes\n"


def test_a_folder_that_git_does_not_know_is_refused(fork: Path) -> None:
    (fork / ".git").rename(fork / "history")
    done = tool(fork, "rename", "acme-gate")
    assert (done.returncode, project(fork)["name"]) == (2, OLD)
    assert "Traceback" not in done.stderr
    assert "not a git repository" in done.stderr


def test_the_code_stays_in_shape_under_the_longest_name(fork: Path) -> None:
    tool(fork, "rename", LONGEST)
    folders = ("backend", "tests", "scripts", "examples")
    for check in (("check",), ("format", "--check")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, *folders], cwd=fork, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_the_lock_files_stay_as_they_were(fork: Path) -> None:
    tool(fork, "rename", "acme-gate")
    assert [path for path in changes(fork) if path.endswith(".lock")] == []


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("tin:history tin.audit tin-dev tin", "acme-gate:history acme-gate.audit acme-gate-dev acme-gate"),
        ("tin_client TIN_URL _tin", "acme_gate_client ACME_GATE_URL _acme_gate"),
        ("Tin is a TinClient", "Acme Gate is a AcmeGateClient"),
        ("Tiny settings and tins", "Tiny settings and tins"),
    ],
)
def test_each_form_of_a_name_becomes_the_same_form_of_the_new_one(said: str, now: str) -> None:
    assert renamed(said, "tin", "acme-gate") == now
    assert renamed(now, "acme-gate", "tin") == said
