"""Print the section of `CHANGELOG.md` for a tag: `python -m scripts.release_notes v1.2.0`.

Exit code 1 when the tag is no semantic version, not the version of the code, or without a section.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SEMANTIC = re.compile(r"v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")


def notes(tag: str, root: Path = ROOT) -> str:
    if not (named := _SEMANTIC.fullmatch(tag)):
        raise ValueError(f"{tag} is not a semantic version such as v1.2.0.")
    version = named[1]
    code = (root / "backend/app/__init__.py").read_text(encoding="utf-8")
    if f'__version__ = "{version}"' not in code:
        raise ValueError(f"{tag} is not the version in backend/app/__init__.py.")
    for section in re.split(r"^## ", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title.split()[0] == version:
            return text.strip()
    raise ValueError(f"CHANGELOG.md has no section {version}.")


if __name__ == "__main__":
    try:
        print(notes(sys.argv[1]))
    except ValueError as problem:
        sys.exit(str(problem))
