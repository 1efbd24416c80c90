"""A tag is released only with notes, and only as the version of the code."""

from pathlib import Path

import pytest

from scripts.release_notes import notes

CHANGELOG = """# Changelog

## Unreleased

Not yet.

## 1.2.0 (2030-01-02)

Faster.

A fork must do: nothing.

## 1.1.0

Slower.
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "backend/app").mkdir(parents=True)
    (tmp_path / "backend/app/__init__.py").write_text('__version__ = "1.2.0"\n')
    return tmp_path


def test_the_notes_are_the_section_of_the_version(tree: Path) -> None:
    assert notes("v1.2.0", tree) == "Faster.\n\nA fork must do: nothing."


@pytest.mark.parametrize(
    ("tag", "reason"), [("1.2.0", "semantic"), ("v1.2", "semantic"), ("v1.1.0", "version in"), ("v1.3.0", "version in")]
)
def test_a_tag_that_does_not_fit_is_refused(tag: str, reason: str, tree: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        notes(tag, tree)


def test_a_version_without_notes_is_refused(tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\nFaster.\n")
    with pytest.raises(ValueError, match=r"no section 1\.2\.0"):
        notes("v1.2.0", tree)
