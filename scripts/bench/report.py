"""The table, on the terminal and in `docs/performance.md`."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.bench import machine
from scripts.bench.load import WRK
from scripts.bench.measure import Row

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
HEADINGS = ("path", "measure", "median [quartiles]", "target", "met", "ours against the yardstick")
_INTRODUCTION = """\
<!-- Made by `make bench`: run it anew instead of editing this page. -->

# Performance

Each figure is the service against a yardstick that ran in turn with it, as the median and the quartiles of {pairs}
pairs of slices: absolute figures belong to the machine, ratios travel better. Processor time is the server's own, so a
busy neighbour changes it less than requests per second.

- **bare**: one FastAPI endpoint on uvicorn that validates the same request, compares a key, looks the text up in a
  dict and answers with the same fields. It has no limits, request ids, logs, metrics, screening or error envelope.
- **direct**: the model library called straight, with no service around it, at the same model server on loopback.

The service runs one worker with everything on. Servers are kept on one core, clients and model server on another.

Measured with `{command}` on {machine}; load by {load}.
"""


def table(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    return "\n".join([*lines, *("| " + " | ".join(row.cells()) + " |" for row in rows)])


def misses(rows: Sequence[Row]) -> str:
    missed = [f"- {row.path}, {row.measure}: {row.found}, wanted {row.bound}" for row in rows if not row.met]
    return "\n".join(["## Targets missed in this run", "", *(missed or ["None."])])


def page(rows: Sequence[Row], pairs: int) -> str:
    introduction = _INTRODUCTION.format(
        pairs=pairs,
        command=shlex.join(["make", "bench", *([f"ARGS={' '.join(sys.argv[1:])}"] if sys.argv[1:] else [])]),
        machine=machine.description(),
        load="wrk" if WRK else "a client of our own",
    )
    return "\n".join([introduction, table(rows), "", misses(rows)]) + "\n"
