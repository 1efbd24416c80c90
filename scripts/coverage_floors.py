"""Print the coverage of each floor of the house, and fail when one is below its own minimum."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

FLOORS = {
    "backend/app/infrastructure/": 90,
    "backend/app/operations/": 90,
    "backend/app/services/": 70,
    "backend/app/": 80,
}


def main() -> int:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", report.name], check=True)
        files = json.loads(Path(report.name).read_text(encoding="utf-8"))["files"]
    failed = False
    for floor, minimum in FLOORS.items():
        summaries = [one["summary"] for path, one in files.items() if path.startswith(floor)]
        covered = sum(s["covered_lines"] + s["covered_branches"] for s in summaries)
        total = sum(s["num_statements"] + s["num_branches"] for s in summaries)
        share = 100 * covered / total if total else 100.0
        failed |= share < minimum
        print(f"{floor:<30} {share:5.1f} % of lines and branches (at least {minimum} %)")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
