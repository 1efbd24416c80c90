"""`make strip-demo`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.fork.rehearse import copy
from scripts.fork.strip_demo import DEMO, KNOWS, strip, without_demo
from scripts.fork.tree import changes, files, text_of
from tests.fork.conftest import ROOT, tool
from tests.support.service import Service

HINT = "make new-service NAME="


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fork without the example; its tests only look at it."""
    fork = tmp_path_factory.mktemp(DEMO) / "fork"  # the name of a folder above it says nothing
    copy(ROOT, fork)
    strip(fork)
    return fork


@pytest.fixture(scope="module")
def bare(stripped: Path) -> Iterator[Service]:
    """The service of a fork without operations."""
    with Service(product=True, PYTHONPATH=f"{stripped / 'backend'}:{stripped}") as service:
        yield service


def test_nothing_names_the_example_but_what_must(stripped: Path) -> None:
    texts = {str(path.relative_to(stripped)): text_of(path) for path in files(stripped)}
    assert [name for name, text in texts.items() if DEMO in f"{name} {text}" and not name.startswith(KNOWS)] == []


def test_no_page_keeps_a_mark_or_a_link_to_what_is_gone(stripped: Path) -> None:
    for page in (path for path in files(stripped) if path.suffix == ".md"):
        text = page.read_text(encoding="utf-8")
        assert "<!-- stripped" not in text, page
        assert "<!-- /demo" not in text or page.name == "make-it-yours.md", page


def test_the_readme_says_how_to_add_an_operation(stripped: Path) -> None:
    readme = (stripped / "README.md").read_text(encoding="utf-8")
    assert HINT in readme
    assert "make new-operation NAME=" in readme


def test_the_service_starts_and_says_how_to_add_one(bare: Service) -> None:
    welcome = bare.anonymous.get("/v1/").json()
    assert welcome["domains"] == []
    assert HINT in welcome["hint"]
    assert HINT in bare.anonymous.get("/openapi.json").json()["info"]["description"]
    assert bare.anonymous.get("/docs").status_code == 200
    assert HINT in bare.output()


def test_what_the_example_offered_is_gone_and_the_house_is_not(bare: Service) -> None:
    assert bare.client.post(f"/v1/{DEMO}/process", json={}).status_code == 404
    assert bare.operator.get("/internal/resilience/circuit-breakers").json()["policies"] == {}
    assert bare.anonymous.get("/v1/health").json()["status"] == "healthy"


def test_a_second_run_finds_nothing_to_do(fork: Path) -> None:
    fork = fork.rename(fork.with_name(DEMO))
    assert tool(fork, "strip_demo").returncode == 0
    first = changes(fork)
    again = tool(fork, "strip_demo")
    assert (again.returncode, again.stdout) == (0, "The example is gone already.\n")
    assert changes(fork) == first


def test_a_working_copy_with_changes_is_refused_unless_forced(fork: Path) -> None:
    (fork / "notes.txt").write_text("ours\n", encoding="utf-8")
    refused = tool(fork, "strip_demo")
    assert (refused.returncode, changes(fork)) == (2, ["notes.txt"])
    assert "FORCE=1" in refused.stderr
    assert tool(fork, "strip_demo", FORCE="1").returncode == 0


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("a\n<!-- demo -->\nb\n<!-- /demo -->\nc\n", "a\nc\n"),
        ("<!-- demo -->\nb\n<!-- stripped\nd\n-->\n<!-- /demo -->\nc\n", "d\nc\n"),
        ("a `<!-- demo -->` and `<!-- /demo -->`\n", "a `<!-- demo -->` and `<!-- /demo -->`\n"),
    ],
)
def test_a_marked_paragraph_gives_way_to_what_stands_for_it(page: str, left: str) -> None:
    assert without_demo(page) == left
