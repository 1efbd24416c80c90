"""The workflows are pinned and run what exists; `make lint-infra` checks their form and their rights."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
JOBS = [
    pytest.param(job, id=f"{path.stem}: {name}")
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text())["jobs"].items()
]


@pytest.mark.parametrize("job", JOBS)
def test_a_job_uses_only_what_is_pinned_by_commit_and_ends_in_time(job: dict[str, Any]) -> None:
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)
    assert job["timeout-minutes"] <= 30


@pytest.mark.parametrize("job", JOBS)
def test_a_job_runs_only_what_exists(job: dict[str, Any]) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in (step["run"] for step in job["steps"] if "run" in step):
        assert set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", command)) <= targets
        for module in re.findall(r"-m (scripts[\w.]+)", command):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists()
        for path in re.findall(r"\b(?:backend|frontend|infra)/[\w./-]+", command):
            assert (ROOT / path).exists()


def test_nothing_is_released_until_a_registry_is_configured() -> None:
    jobs = yaml.safe_load((GITHUB / "workflows/release.yml").read_text())["jobs"]
    for job in jobs.values():
        assert job.get("if") == "vars.IMAGE_REGISTRY != ''" or job.get("needs") in jobs


def test_the_tests_begin_with_the_oldest_python_that_is_supported() -> None:
    [versions] = re.findall(r"python: (\[.+\])", (GITHUB / "workflows/ci.yml").read_text())
    [oldest] = re.findall(r'requires-python = ">=(.+)"', (ROOT / "pyproject.toml").read_text())
    assert yaml.safe_load(versions)[0] == oldest
