"""`examples/clients/typed`: the client is made by the commands of its docstring, called, and checked by mypy."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.programs import EXAMPLES, environment, run, skip_without_index
from tests.support.service import API_KEY, TEXT, Service

PROGRAM = "examples/clients/typed/sentiment.py"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the repository after `make install`."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "notes.txt").write_text(TEXT, encoding="utf-8")
    shutil.copytree(EXAMPLES, folder / "examples", ignore=shutil.ignore_patterns("gatehouse_client"))
    return folder


@pytest.fixture(scope="module")
def said(clone: Path, product: Service) -> str:
    """What the commands of the docstring print, to the program's own answer at the end."""
    docstring = ast.get_docstring(ast.parse((clone / PROGRAM).read_text(encoding="utf-8"))) or ""
    commands = docstring.partition(":\n\n")[2].replace("API_KEY=... ", "")
    variables = os.environ | {"API_URL": product.url, "API_KEY": API_KEY}
    done = subprocess.run(
        ["bash", "-eu", "-c", commands], cwd=clone, env=variables, capture_output=True, text=True, check=False
    )
    skip_without_index(done)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_made_without_a_warning_and_gets_a_typed_answer(said: str) -> None:
    assert "arning" not in said
    assert said.splitlines()[-1].startswith("positive (")


@pytest.mark.usefixtures("said")
def test_it_gets_a_typed_refusal(clone: Path, product: Service) -> None:
    python = clone / ".venv-typed/bin/python"
    done = run(PROGRAM, "notes.txt", cwd=clone, python=python, **environment(product, API_KEY="nobodys"))
    assert (done.returncode, done.stderr) == (1, "unknown_key: This API key is not known here.\n")


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize(("field", "errors"), [("confidence", 0), ("certainty", 1)])
def test_mypy_knows_the_fields_of_an_answer(clone: Path, tmp_path: Path, field: str, errors: int) -> None:
    program = (clone / PROGRAM).read_text(encoding="utf-8").replace("found.confidence", f"found.{field}")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    strictly = ["--strict", "--follow-imports", "silent", "--config-file=", "--cache-dir", str(tmp_path / "cache")]
    there = ["--python-executable", str(clone / ".venv-typed/bin/python")]
    variables = environment(MYPYPATH=str((clone / PROGRAM).parent))
    done = run("-m", "mypy", *strictly, *there, "program.py", cwd=tmp_path, **variables)
    assert (done.returncode, done.stdout.count("error:")) == (errors, errors), done.stdout
