"""Write a new operation: `make new-operation NAME=translate_formal [SERVICE=tickets]`."""

import argparse
import sys
from pathlib import Path

from app.main import installed_domains
from scripts.fork import Refused
from scripts.fork.names import checked
from scripts.fork.writing import words, written

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "backend/app/services"


def new_operation(name: str, service: str | None) -> Path:
    """The file that was written; raises Refused, and then nothing was."""
    checked(ROOT, name, "operation")
    folder = operations_of(service)
    installed = {domain.name: domain.catalogue for domain in installed_domains()}
    place = folder / f"{name}.py"
    if name in installed.get(folder.parent.name, {}) or place.exists():
        raise Refused(f"NAME={name}: {folder.parent.name} has an operation of that name.")
    place.write_text(written("operation.py.txt", **words(name)), encoding="utf-8")
    return place


def operations_of(service: str | None) -> Path:
    """The folder of operations of that service, or of the only one there is."""
    found = {path.parent.name: path for path in sorted(SERVICES.glob("*/operations")) if path.is_dir()}
    if not found:
        raise Refused("There is no service yet: make new-service NAME=tickets")
    if service is None and len(found) > 1:
        raise Refused(f"Which service? SERVICE= one of {', '.join(found)}.")
    if service is not None and service not in found:
        raise Refused(f"SERVICE={service}: there is none of that name; there are {', '.join(found)}.")
    return found[service or next(iter(found))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("service", nargs="?")
    given = parser.parse_args()
    try:
        place = new_operation(given.name, given.service)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    print(
        f"{place.relative_to(ROOT)} is an operation that works; make it yours. Its contract: make test-backend-services"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
