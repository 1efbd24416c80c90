"""Write a new service with one operation and its tests: `make new-service NAME=tickets [OPERATION=digest]`."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.fork import Refused
from scripts.fork.names import checked
from scripts.fork.writing import words, write_folder, written

ROOT = Path(__file__).parents[2]
FIRST = "digest"


def new_service(name: str, operation: str) -> list[Path]:
    """The folders that were written; raises Refused, and then nothing was."""
    checked(ROOT, name, "service")
    checked(ROOT, operation, "operation")
    code, tests = ROOT / "backend/app/services" / name, ROOT / "tests/services" / name
    for place in (code, tests):
        if place.exists():
            raise Refused(f"NAME={name}: {place.relative_to(ROOT)} is there already.")
    with tempfile.TemporaryDirectory(dir=ROOT / "tests", prefix=".new-") as folder:
        draft = Path(folder)
        values = words(name) | {"operation": operation}
        write_folder("service", draft / "code", **values)
        write_folder("tests", draft / "tests", **values)
        first = draft / "code/operations" / f"{operation}.py"
        first.write_text(written("operation.py.txt", **words(operation)), encoding="utf-8")
        shutil.move(draft / "code", code)
        shutil.move(draft / "tests", tests)
    return [code, tests]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("operation", nargs="?", default=FIRST)
    given = parser.parse_args()
    try:
        code, tests = new_service(given.name, given.operation)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    print(f"{code.relative_to(ROOT)} is a service that works, {tests.relative_to(ROOT)} its tests; make them yours.")
    print("Start it: make run. Its tests and the contract: make test-backend-services")
    return 0


if __name__ == "__main__":
    sys.exit(main())
