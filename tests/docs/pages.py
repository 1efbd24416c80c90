"""The pages of the documentation, as readers of the repository find them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SITE = sorted(path for path in DOCS.rglob("*.md") if ".venv" not in path.parts)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *SITE]

_MARK = re.compile(r"<!-- not run: (.+) -->")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """A fenced block; `reason` is why it is not run, from the comment `<!-- not run: ... -->` before it."""

    page: Path
    line: int
    language: str
    text: str
    reason: str | None

    @property
    def id(self) -> str:
        return f"{name(self.page)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    before = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            mark = _MARK.fullmatch(before.content.strip()) if before and before.type == "html_block" else None
            yield Block(page, (token.map or [0])[0] + 1, token.info.strip(), token.content, mark and mark[1])
        before = token
