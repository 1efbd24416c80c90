"""The reference page of the make targets."""

import re
from collections.abc import Iterator
from pathlib import Path

MAKEFILE = Path(__file__).parents[2] / "Makefile"
_SECTION = re.compile(r"# ── (.+) ──")
_TARGET = re.compile(r"([a-z][a-z0-9 -]*):[^=]*?## (.+)")


def page(head: str) -> str:
    lines = [head, "# Make targets", "", "Each target installs what it needs first, so all work in a fresh clone.", ""]
    for title, targets in sections():
        lines += [f"## {title.capitalize()}", "", "| target | what it does |", "|---|---|"]
        lines += [f"| `make {name}` | {what} |" for name, what in targets]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The titles of the Makefile with the documented targets below each."""
    title, targets = "help", list[tuple[str, str]]()
    for line in MAKEFILE.read_text(encoding="utf-8").splitlines():
        if heading := _SECTION.fullmatch(line):
            if targets:
                yield title, targets
            title, targets = heading[1], []
        elif target := _TARGET.fullmatch(line):
            targets += [(name, target[2]) for name in target[1].split()]
    if targets:
        yield title, targets
