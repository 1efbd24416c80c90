"""The rows of a batch: read from a table or CSV, turned into requests, written back as CSV or JSON."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from catalogue import Operation
from forms import from_json
from results import cell

COLUMNS = ("operation", "text", "question", "options")
MOST_ROWS = 1_000
RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Row:
    """One row on its way; `number` counts from 1, as its author does. `problem` is set when it cannot be sent."""

    number: int
    cells: dict[str, str]
    operation: Operation | None = None
    body: dict[str, Any] = field(default_factory=dict)
    problem: tuple[str, str] | None = None

    def outcome(self, response: Mapping[str, Any] | None, error: Mapping[str, Any] | None) -> dict[str, Any]:
        """What is shown and downloaded for it: the answer, or why there is none."""
        answer, failure = response or {}, error or {}
        return {
            "row": self.number,
            "operation": self.cells["operation"],
            "text": self.cells["text"],
            "status": "failed" if failure else "completed",
            "result": answer.get("result"),
            "source": answer.get("source"),
            "degraded": answer.get("degraded"),
            "cost_usd": answer.get("usage", {}).get("cost_usd"),
            "error_code": failure.get("code"),
            "error": failure.get("message"),
            "request_id": answer.get("request_id") or failure.get("request_id"),
        }


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a file with a header line; ValueError says what is wrong with it."""
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = [{name: row.get(name) or "" for name in COLUMNS} for row in lines]
    except UnicodeDecodeError as error:
        raise ValueError(f"The file is not UTF-8 text: byte {error.start} fits no character.") from error
    except csv.Error as error:
        raise ValueError(f"The file is not CSV: {error}.") from error
    missing = [name for name in ("operation", "text") if name not in (lines.fieldnames or ())]
    if missing:
        raise ValueError(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if len(rows) > MOST_ROWS:
        raise ValueError(f"The file holds {len(rows):,} rows; at most {MOST_ROWS:,} at once.")
    return rows


def prepared(rows: Iterable[Mapping[str, Any]], offered: Mapping[str, Operation]) -> list[Row]:
    """Each row that is not empty, with its request or with what is wrong with it."""
    cleaned = [{name: str(row.get(name) or "").strip() for name in COLUMNS} for row in rows]
    return [_prepared(number, cells, offered) for number, cells in enumerate(cleaned, 1) if any(cells.values())]


def _prepared(number: int, cells: dict[str, str], offered: Mapping[str, Operation]) -> Row:
    row = Row(number, cells)
    name = cells["operation"]
    meant = [one for full_name, one in offered.items() if name in (full_name, one.id)]
    if len(meant) != 1:
        names = ", ".join(full_name for full_name in offered if not meant or offered[full_name] in meant)
        row.problem = ("unknown_operation", f"Not one operation is called '{name}'. Name one of: {names}.")
        return row
    try:
        options = from_json(cells["options"] or "{}")
    except ValueError as error:
        row.problem = ("options_not_json", f"The options are not JSON: {error}.")
        return row
    row.operation, row.body = meant[0], meant[0].request(cells["text"], options, cells["question"])
    return row


def pieces(rows: Iterable[Row], size: int) -> Iterable[tuple[str, list[Row]]]:
    """The rows that can be sent, by the path that takes them, at most `size` for each call."""
    for path, group in groupby(sorted((row for row in rows if row.operation), key=_path), key=_path):
        together = list(group)
        for start in range(0, len(together), size):
            yield path, together[start : start + size]


def _path(row: Row) -> str:
    assert row.operation
    return row.operation.path("batch_process")


def as_csv(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """A table that a spreadsheet shows and does not run: a cell that would be a formula begins with an apostrophe."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(outcomes[0])
    table.writerows([_harmless(value) for value in outcome.values()] for outcome in outcomes)
    return written.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    shown = cell(value)
    return f"'{shown}" if shown.startswith(RUNS_IN_A_SPREADSHEET) else shown
