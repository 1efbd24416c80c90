"""The licences of what the service is installed with."""

import re
from importlib.metadata import metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "backend/requirements.lock"
_LINE = re.compile(r"^([a-z0-9._-]+)==[^ ;\\]+(?: ; ([^\\]+))?")


def page(head: str) -> str:
    lines = [head, "# Licences", "", "Of the packages in `backend/requirements.lock`, as they state them.", ""]
    lines += ["| package | licence |", "|---|---|"]
    lines += [f"| {name} | {licence(name)} |" for name in locked()]
    return "\n".join(lines) + "\n"


def locked() -> list[str]:
    """The packages that every supported platform gets; those for Windows or old interpreters alone are left out."""
    found = []
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if match := _LINE.match(line):
            name, marker = match.groups()
            if marker is None or "!= 'PyPy'" in marker or "!= 'emscripten'" in marker:
                found.append(name)
    return found


def licence(name: str) -> str:
    said = metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    return str(said["License-Expression"] or ", ".join(classified) or (said["License"] or "not stated").splitlines()[0])
