"""A fork takes over a newer version of the template: renamed, stripped and with changes of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import app
from scripts.fork.rehearse import copy
from tests.fork.conftest import ROOT

APP = "backend/app"
CHANGED, CONFLICTING, DELETED = f"{APP}/core/events.py", f"{APP}/core/clock.py", f"{APP}/core/caller.py"
NEW, MOVED, TO = f"{APP}/core/calendar.py", f"{APP}/core/context.py", f"{APP}/core/request_context.py"
DEMO = f"{APP}/services/text_processing"
GENERATED = "docs/reference/errors.md"
AUTHOR = {f"GIT_{who}_{what}": "fork" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(folder: Path, *command: str, code: int = 0) -> str:
    """What a command says; it must end with that code."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=folder, env=plain | AUTHOR, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def commit(folder: Path, message: str) -> str:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "-q", "-m", message)
    return run(folder, "git", "rev-parse", "HEAD").strip()


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) >= 1, file
    file.write_text(text.replace(old, new, 1))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with this tree as v1, and a made-up v2 upon it."""
    folder = tmp_path_factory.mktemp("upgrade") / "template"
    copy(ROOT, folder)
    run(folder, "git", "tag", "v1")
    newer_version(folder)
    commit(folder, "A made-up newer version")
    run(folder, "git", "tag", "v2")
    return folder


def newer_version(folder: Path) -> None:
    edit(folder / APP / "__init__.py", app.__version__, "99.0.0")
    for name in (CHANGED, CONFLICTING, GENERATED):
        with (folder / name).open("a") as file:
            file.write("\nTOLD_BY_THE_TEMPLATE = True\n")
    (folder / NEW).write_text('"""When gatehouse rests."""\n')
    (folder / DELETED).unlink()
    (folder / MOVED).rename(folder / TO)
    edit(folder / DEMO / "operations/summarize.py", "ttl=7200", "ttl=9000")
    (folder / DEMO / "operations/poem.py").write_text('"""A new operation."""\n')


def make_fork(template: Path, version: str, folder: Path) -> Path:
    """That version of the template, renamed and without the example domain."""
    run(template, "git", "clone", "-q", "--branch", version, str(template), str(folder))
    for tool in (["rename", "acme-gate"], ["strip_demo"]):
        run(folder, sys.executable, "-m", f"scripts.fork.{tool[0]}", *tool[1:])
        commit(folder, tool[0])
    return folder


@pytest.fixture(scope="module")
def made_fork(template: Path) -> Path:
    folder = make_fork(template, "v1", template.parent / "acme-gate")
    with (folder / MOVED).open("a") as file:
        file.write("\nTOLD_BY_THE_FORK = True\n")
    commit(folder, "A line of ours")
    return folder


@pytest.fixture
def fork(made_fork: Path, tmp_path: Path) -> Path:
    """A team's repository: v1 renamed, without the example domain, and with a line of their own."""
    return shutil.copytree(made_fork, tmp_path / "acme-gate")


@pytest.fixture
def stubborn(fork: Path) -> Path:
    """A fork that has changed the same place as the template."""
    with (fork / CONFLICTING).open("a") as file:
        file.write("\nTOLD_BY_THE_FORK = True\n")
    commit(fork, "Ours, at the same place")
    return fork


def upgrade(fork: Path, template: Path, *version: str, code: int = 0) -> str:
    return run(fork, sys.executable, "-m", "scripts.fork.upgrade", str(template), *version, code=code)


def test_a_newer_version_is_merged_and_what_the_fork_did_stays(fork: Path, template: Path) -> None:
    said = upgrade(fork, template)
    assert "Merged gatehouse 99.0.0" in said
    assert "TOLD_BY_THE_TEMPLATE" in (fork / CHANGED).read_text()
    assert not (fork / DELETED).exists()
    assert not (fork / MOVED).exists()
    assert "TOLD_BY_THE_FORK" in (fork / TO).read_text()
    assert (fork / NEW).read_text() == '"""When acme-gate rests."""\n'
    assert not (fork / DEMO).exists()
    assert re.findall(r"^Left out.*: (.+)$", said, re.MULTILINE) == [
        f"{DEMO}/operations/{name}.py" for name in ("poem", "summarize")
    ]
    assert "TOLD_BY_THE_TEMPLATE" not in (fork / GENERATED).read_text()
    assert "gatehouse" not in run(fork, "git", "diff", "--cached", "--", ":!.template.json").lower()


def test_the_fork_knows_its_new_version_has_nothing_more_to_do_and_does_not_go_back(fork: Path, template: Path) -> None:
    upgrade(fork, template)
    newest = run(template, "git", "rev-parse", "v2").strip()
    record = json.loads((fork / ".template.json").read_text())
    assert record == {"template": "gatehouse", "version": "99.0.0", "commit": newest}
    commit(fork, "Upgraded")
    assert "nothing to do" in upgrade(fork, template)
    assert "older" in upgrade(fork, template, "--version=v1", code=2)
    assert run(fork, "git", "status", "--porcelain") == ""


def test_an_upgraded_fork_is_like_one_made_from_the_newer_version(fork: Path, template: Path, tmp_path: Path) -> None:
    upgrade(fork, template)
    commit(fork, "Upgraded")
    run(fork, "git", "fetch", "-q", str(make_fork(template, "v2", tmp_path / "newer")))
    assert set(run(fork, "git", "diff", "--name-only", "FETCH_HEAD", "HEAD").split()) == {TO, GENERATED}


def test_a_conflict_is_left_in_the_file_listed_and_can_be_given_up(stubborn: Path, template: Path) -> None:
    before = run(stubborn, "git", "rev-parse", "HEAD^{tree}")
    said = upgrade(stubborn, template, code=1)
    assert f"Conflict: {CONFLICTING}\n" in said
    assert run(stubborn, "git", "diff", "--name-only", "--diff-filter=U") == f"{CONFLICTING}\n"
    text = (stubborn / CONFLICTING).read_text()
    assert text.index("<<<<<<<") < text.index("BY_THE_FORK") < text.index("BY_THE_TEMPLATE") < text.index(">>>>>>>")
    assert "TOLD_BY_THE_TEMPLATE" in (stubborn / CHANGED).read_text()
    run(stubborn, "git", "reset", "-q", "--hard")
    assert run(stubborn, "git", "status", "--porcelain") == ""
    assert run(stubborn, "git", "rev-parse", "HEAD^{tree}") == before


def test_a_tree_with_changes_is_refused_and_not_touched(fork: Path, template: Path) -> None:
    (fork / "notes.txt").write_text("mine\n")
    assert "has changes" in upgrade(fork, template, code=2)
    assert run(fork, "git", "status", "--porcelain") == "?? notes.txt\n"


@pytest.mark.parametrize("version", ["v3", "v1^"])
def test_a_version_that_the_template_lacks_is_refused(version: str, fork: Path, template: Path) -> None:
    assert f"lacks {version}" in upgrade(fork, template, f"--version={version}", code=2)


def test_a_fork_that_does_not_know_its_version_is_refused(fork: Path, template: Path) -> None:
    run(fork, "git", "rm", "-q", ".template.json")
    commit(fork, "Forgotten")
    assert ".template.json is missing" in upgrade(fork, template, code=2)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"template": "gatehouse",}', ".template.json: Invalid JSON"),
        ('["gatehouse", "0.1.0"]', ".template.json: Input should be"),
        ('{"template": "gatehouse", "version": "0.1.0"}', ".template.json.commit: Field required"),
        ('{"template": "gatehouse", "version": "0.1.0", "commit": "0123abc"}', ".template.json.commit: String should"),
        ('{"template": "gatehouse", "version": 1, "commit": 2}', ".template.json.version: Input should be"),
    ],
)
def test_a_slip_in_a_record_written_by_hand_is_told(record: str, said: str, fork: Path, template: Path) -> None:
    (fork / ".template.json").write_text(record)
    commit(fork, "Written by hand")
    told = upgrade(fork, template, code=2)
    assert told.startswith(said)
    assert told.endswith("See docs/upgrading.md.\n")
    assert len(told.splitlines()) == 1


def test_make_calls_the_tool(fork: Path, template: Path) -> None:
    make = ("make", f"BIN={Path(sys.executable).parent}", "-o", ".venv/dev", "upgrade", f"FROM={template}")
    assert "lacks v3" in run(fork, *make, "VERSION=v3", code=2)
    assert "Merged gatehouse 99.0.0" in run(fork, *make)
