"""Give the project another name everywhere: `make rename NAME=acme-gate`.

The name is the one of the distribution in `pyproject.toml`. With it go titles, image, release and resource names, the
namespace in Redis, loggers, span attributes, dashboards, and variables with the project's prefix. The package stays
`app`, and keys keep beginning with `gh_`. The first rename records in `.template.json` which template this was.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from scripts.fork import Refused
from scripts.fork.tree import changes, files, git, text_of

ROOT = Path(__file__).parents[2]
RECORD = ".template.json"
LONGEST = 20
"""Cloud resources with what is appended to the name have 32 letters at most."""


def rename(root: Path, name: str) -> list[Path]:
    """The files that were changed, under their new paths; none when that is the name already."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > LONGEST:
        raise Refused(f"NAME={name!r}: use lower-case words joined by hyphens, at most {LONGEST} letters: acme-gate.")
    old = project(root)["name"]
    if name == old:
        return []
    taken = forms(name)
    if any(taken.search(path.read_text(encoding="utf-8")) for path in (root / "backend/app").rglob("*.py")):
        raise Refused(
            f"NAME={name}: the code has that word for something else, and a later rename would take it along."
        )
    record(root, old)
    changed = []
    for path in files(root):
        text = None if path.name == RECORD else text_of(path)
        place = root / renamed(str(path.relative_to(root)), old, name)
        if text is not None and (said := renamed(text, old, name)) != text:
            path.write_text(said, encoding="utf-8", newline="")
            changed.append(place)
        if place != path:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
            changed.append(place)
    return sorted(set(changed))


def project(root: Path) -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def renamed(text: str, old: str, new: str) -> str:
    """The text with the new name in the forms of the old one: acme-gate, acme_gate, ACME_GATE, Acme Gate, AcmeGate."""
    return forms(old).sub(lambda found: _form(new, found), text)


def forms(name: str) -> re.Pattern[str]:
    """Finds the forms of a name where they are words, or begin one in which every word has a capital."""
    parts = name.split("-")
    capitals = [part.capitalize() for part in parts]
    words = "|".join(sorted({name, "_".join(parts), "_".join(parts).upper()}))
    titles = "|".join(sorted({" ".join(capitals), "".join(capitals)}))
    return re.compile(f"(?<![A-Za-z])(?:{words})(?![A-Za-z])|(?:{titles})(?![a-z])")


def _form(name: str, found: re.Match[str]) -> str:
    """Of a name of one word, only the letters around it tell an identifier from a name with hyphens."""
    parts, form = name.split("-"), found[0]
    around = found.string[max(found.start() - 1, 0) : found.start()] + found.string[found.end() : found.end() + 1]
    if form.isupper():
        return "_".join(parts).upper()
    if form[0].isupper():
        joint = " " if " " in form or not re.search(r"[A-Za-z]", around) else ""
        return joint.join(part.capitalize() for part in parts)
    return ("_" if "_" in form + around else "-").join(parts)


def record(root: Path, template: str) -> None:
    if not (root / RECORD).exists():
        version = re.search(r'__version__ = "(.+)"', (root / "backend/app/__init__.py").read_text(encoding="utf-8"))
        origin = {"template": template, "version": version and version[1], "commit": git(root, "rev-parse", "HEAD")}
        (root / RECORD).write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


def left(root: Path, old: str) -> list[Path]:
    """The files that still say the old name."""
    found = re.compile(re.escape(old).replace(r"\-", "[-_ ]?"), re.IGNORECASE)
    return [path for path in files(root) if path.name != RECORD and found.search(f"{path.name} {text_of(path)}")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    name, old = parser.parse_args().name, project(ROOT)["name"]
    try:
        if name != old and changes(ROOT) and not os.environ.get("FORCE"):
            raise Refused("The working copy has changes: commit them first, or say FORCE=1.")
        changed = rename(ROOT, name)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as failed:  # no repository, or none of its commits
        print(failed.stderr, file=sys.stderr)
        return 2
    python = [path for path in changed if path.suffix == ".py"]
    if python:  # a longer name may need another line
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *python], cwd=ROOT, check=True)
    if remains := left(ROOT, old) if old not in name and name != old else []:
        print(f"These still say {old}:", *(path.relative_to(ROOT) for path in remains), sep="\n  ", file=sys.stderr)
        return 1
    print(f"{len(changed)} files now say {name}." if changed else f"The name is {name} already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
