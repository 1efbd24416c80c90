"""Remove the example domain: `make strip-demo`.

Gone are its folder, its tests and the examples that call it. In pages, what stands between `<!-- demo -->` and
`<!-- /demo -->` gives way to the comment `<!-- stripped ... -->` in it. A second run finds nothing to do.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from scripts.fork.tree import changes, files, text_of

ROOT = Path(__file__).parents[2]
DEMO = "text_processing"
SERVICE = f"backend/app/services/{DEMO}"
GOES = (
    SERVICE,
    f"tests/services/{DEMO}",
    "examples/clients",
    *(f"tests/examples/test_{client}.py" for client in ("folder", "plain", "stream", "typed_client")),
)
KNOWS = ("scripts/fork/", "tests/fork/", "tests/docs/", "docs/from-the-former-template.md")
"""Who goes on to name it: the tools with their tests, and the page of what the former template had."""
BLOCK = re.compile(r"<!-- demo -->\n(.*?)<!-- /demo -->\n", re.DOTALL)
INSTEAD = re.compile(r"<!-- stripped\n(.*?)-->\n", re.DOTALL)


def strip(root: Path) -> list[str]:
    """What was removed or changed; nothing when the example is gone already."""
    touched = []
    for name in GOES:
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            continue
        touched.append(name)
    for path in files(root):
        if path.suffix == ".md" and (said := without_demo(text := text_of(path) or "")) != text:
            path.write_text(said, encoding="utf-8", newline="")
            touched.append(str(path.relative_to(root)))
    return touched


def without_demo(page: str) -> str:
    def instead(block: re.Match[str]) -> str:
        found = INSTEAD.search(block[1])
        return found[1] if found else ""

    return BLOCK.sub(instead, page)


def left(root: Path) -> list[str]:
    """The files that still name the example."""
    texts = {str(path.relative_to(root)): text_of(path) for path in files(root)}
    return [name for name, text in texts.items() if DEMO in f"{name} {text}" and not name.startswith(KNOWS)]


def main() -> int:
    if not (ROOT / SERVICE).exists():
        print("The example is gone already.")
        return 0
    if changes(ROOT) and not os.environ.get("FORCE"):
        print("The working copy has changes: commit them first, or say FORCE=1.", file=sys.stderr)
        return 2
    print(*strip(ROOT), sep="\n")
    if remains := left(ROOT):
        print(f"These still name {DEMO}:", *remains, sep="\n  ", file=sys.stderr)
        return 1
    print("The service has no operations now. Add some: make new-service NAME=tickets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
