"""Run the examples as their docstrings tell, each in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import API_KEY, PASSED_ON, Service

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def environment(service: Service | None = None, **variables: str) -> dict[str, str]:
    """The few variables of this machine that every program needs, and how to reach the service."""
    reached = {"API_URL": service.url, "API_KEY": API_KEY} if service else {}
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | reached | variables


def run(
    *command: str | Path, cwd: Path, python: str | Path = sys.executable, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`python command...` in that folder, with nothing but those variables."""
    return subprocess.run([python, *command], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def locked_environment(lock: Path, folder: Path) -> Path:
    """The Python of a new environment with what the lock file names; the test is skipped where no index answers."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert uv, "uv is part of the development environment: make install"
    python = folder / "bin/python"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
    install = [uv, "pip", "install", "-q", "--require-hashes", "-r", lock, "--python", python]
    skip_without_index(done := subprocess.run(install, capture_output=True, text=True, check=False))
    assert done.returncode == 0, done.stderr
    return python


def skip_without_index(done: subprocess.CompletedProcess[str]) -> None:
    if "Failed to fetch" in done.stderr and "CI" not in os.environ:
        pytest.skip("no package index answers")
