"""The tests that a person runs with a key of their own work with any model, and are never run by accident."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.test_contract import ASKED, OPERATIONS, Op, options
from tests.support.model_server import ModelServer
from tests.support.service import TEXT

ROOT = Path(__file__).parents[2]
PROVIDERS = ("GEMINI", "OPENAI", "ANTHROPIC")


def by_its_schema(op: Op) -> bool:
    """Whether an answer that fits the schema will do; the model server makes up such answers."""
    return op.question(TEXT, options(op), ASKED if op.requires_question else None).check is None


MADE_UP = [name for name, op in OPERATIONS.items() if by_its_schema(op)]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PROVIDERS)}
    plain["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, cwd=ROOT, env=plain | environment, capture_output=True, text=True, timeout=120)


@pytest.mark.skipif(not MADE_UP, reason="no operation is installed that a made-up answer suits")
def test_they_pass_with_a_model_that_answers_and_fail_with_one_that_does_not(model: ModelServer) -> None:
    done = run("tests/manual/hosted_model.py", "-k", " or ".join(MADE_UP), **model.openai_env())
    assert done.returncode == 0, done.stdout
    assert f"{2 * len(MADE_UP)} passed" in done.stdout
    model.behave(fail={"status": 400})
    assert run("tests/manual/hosted_model.py", "-x", **model.openai_env()).returncode == 1


def test_they_are_skipped_without_a_provider_and_not_part_of_the_suite() -> None:
    assert not re.search(r"\d passed", run("tests/manual/hosted_model.py").stdout)
    assert "hosted_model" not in run("--collect-only", "tests/manual").stdout
