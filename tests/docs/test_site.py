"""The site holds every page, and its build fails on a wrong link."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.docs.pages import DOCS, ROOT, SITE, name

BUILDER = DOCS / ".venv/bin/zensical"


def leaves(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        for inside in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(inside, list):
                yield from leaves(inside)
            else:
                yield inside


def test_the_navigation_holds_each_page_once() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    assert sorted(leaves(nav)) == sorted(page.relative_to(DOCS).as_posix() for page in SITE)


@pytest.mark.parametrize("page", SITE, ids=name)
def test_a_block_within_a_list_is_indented_by_four(page: Path) -> None:
    """The site's Markdown wants four; with less, the list ends there."""
    lines = page.read_text().splitlines()
    for token in MarkdownIt().parse(page.read_text()):
        if token.level and token.map and token.type in {"fence", "html_block", "bullet_list_open", "ordered_list_open"}:
            assert re.match(r"(    )*\S", lines[token.map[0]]), token.map[0] + 1


@pytest.mark.skipif(not BUILDER.exists() and "CI" not in os.environ, reason="`make docs` installs what builds the site")
@pytest.mark.parametrize(
    ("link", "works"), [("other.md#here", True), ("nowhere.md", False), ("other.md#nowhere", False)]
)
def test_the_build_stops_at_a_wrong_link(link: str, works: bool, tmp_path: Path) -> None:
    [command] = re.findall(r"^\tdocs/.venv/bin/zensical (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    (tmp_path / "docs").mkdir()
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "Two pages"\n')
    (tmp_path / "docs/index.md").write_text(f"# Start\n\n[A link]({link})\n")
    (tmp_path / "docs/other.md").write_text("# Other\n\n## Here\n")
    built = subprocess.run([BUILDER, *command.split()], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (built.returncode == 0) == works, built.stdout + built.stderr
