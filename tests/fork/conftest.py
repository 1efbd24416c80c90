"""Forks of this working copy, in temporary folders. Skipped in a fork, because the workbench is the template's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.fork.rehearse import copy

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if (ROOT / ".template.json").exists():
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="a fork: the template tests the workbench"))


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with these files, for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("template") / "fork"
    copy(ROOT, folder)
    return folder


@pytest.fixture
def fork(untouched: Path, tmp_path: Path) -> Path:
    """Another one, for a test to change."""
    return shutil.copytree(untouched, tmp_path / "fork")


def tool(fork: Path, module: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a tool as its make target does, with the code of the fork: `tool(fork, "rename", "acme-gate")`."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", f"scripts.fork.{module}", "--", *arguments],
        cwd=fork,
        env=passed_on | {"PYTHONPATH": f"{fork / 'backend'}{os.pathsep}{fork}"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
