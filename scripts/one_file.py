"""Write the text files of some folders into one Markdown file, to read or to search in one go.

`python -m scripts.one_file OUTPUT PATH...` takes what git tracks below the paths, and what is new and not ignored.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = {".json", ".lock", ".png"}
"""Made by programs, for programs, or not text."""


def tracked(paths: list[str]) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(name for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file())


def block(name: str) -> str:
    """The file under its name, in a fence longer than any inside it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    fence = "`" * (1 + max([2, *map(len, re.findall("`+", text))]))
    return f"## {name}\n\n{fence}{Path(name).suffix[1:]}\n{text.rstrip()}\n{fence}\n"


def main() -> None:
    output, *paths = sys.argv[1:]
    names = [name for name in tracked(paths) if Path(name).suffix not in LEFT_OUT]
    index = "\n".join(f"- {name}" for name in names)
    path = ROOT / output
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"# {', '.join(paths)}\n", index, "", *map(block, names)]), encoding="utf-8")
    print(f"{output}: {len(names)} files, {path.stat().st_size / 1024:,.0f} KB")


if __name__ == "__main__":
    main()
