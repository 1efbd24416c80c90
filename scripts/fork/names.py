"""Which names an operation or a domain may have."""

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.fork import Refused

LONGEST = 30
TAKEN = {"auth", "health", "operation", "operations", "field", "question", "extract_sentences"}
"""Rooms of the public door, and what the written file imports."""


def checked(root: Path, name: str, kind: str) -> str:
    """The name, when a `kind` (`operation` or `service`) may have it; raises Refused."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise Refused(f"NAME={name!r}: use lower-case words joined by underscores, as in {_EXAMPLES[kind]}.")
    if len(name) > LONGEST:
        raise Refused(f"NAME={name}: at most {LONGEST} letters.")
    if keyword.iskeyword(name) or hasattr(builtins, name):
        raise Refused(f"NAME={name}: Python has that word for itself.")
    if name in TAKEN:
        raise Refused(f"NAME={name}: the house has that word for itself.")
    if name in said_by_infrastructure(root):
        raise Refused(f"NAME={name}: the infrastructure uses that word, and it must know no name of a domain.")
    return name


_EXAMPLES = {"operation": "translate_formal", "service": "tickets"}


def said_by_infrastructure(root: Path) -> set[str]:
    """Every string in the source of the infrastructure."""
    return {text for path in (root / "backend/app/infrastructure").rglob("*.py") for text in _strings(path)}


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
