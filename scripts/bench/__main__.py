"""`python -m scripts.bench [--quick]`: measure every path and write docs/performance.md."""

import argparse

from scripts.bench import machine, report
from scripts.bench.paths import FULL, PATHS, QUICK


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short slices: about two minutes")
    parser.add_argument("--only", choices=[path.__name__ for path in PATHS], help="one path, and no page")
    options = parser.parse_args()
    machine.require_linux()
    machine.pin(0, machine.CLIENT_CORE)
    effort, rows = (QUICK if options.quick else FULL), []
    for path in PATHS:
        if options.only in (None, path.__name__):
            for row in path(effort):
                print(*row.cells(), sep=" | ", flush=True)
                rows.append(row)
    if not options.only:
        report.PAGE.write_text(report.page(rows, effort.pairs), encoding="utf-8")
        print(f"\n{report.misses(rows)}\n\nWritten: {report.PAGE}")


if __name__ == "__main__":
    main()
