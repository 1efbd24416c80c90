"""Many texts at once."""

import json
import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from api import Api, Refused, Unreachable
from catalogue import Operation, operations
from plain import plain
from results import cell
from rows import COLUMNS, MOST_ROWS, Row, as_csv, pieces, prepared, read_csv
from samples import SAMPLES
from session import public_api, told

PIECE = 10
"""Rows in one call: small enough for progress to be seen and for a stop to lose little."""
PATIENCE = 5
"""How often a call waits for the limit of its key before its rows count as failed."""
LONGEST_WAIT = 120
"""Seconds."""
TOO_LARGE = (413, 422)
"""How a service refuses a call as a whole that holds more rows or bytes than it takes."""


def main() -> None:
    st.title("Batch")
    api = public_api()
    offered = operations(api)
    rows = prepared(_table(offered), offered)
    if st.button(f"Run {len(rows)} rows", type="primary", icon=":material/play_arrow:", disabled=not rows):
        try:
            _run(api, rows)
        except Unreachable as error:
            told(error)
    if outcomes := st.session_state.get("outcomes"):
        _show(sorted(outcomes, key=lambda outcome: outcome["row"]), st.session_state.total)


def _table(offered: Mapping[str, Operation]) -> list[dict[str, Any]]:
    """The rows as they stand in the editor, which begins with samples or with an uploaded file."""
    st.file_uploader(
        "CSV file with the columns operation, text and, where wanted, question and options (JSON)",
        "csv",
        key="csv",
        on_change=_take_csv,
        help=f"UTF-8, at most {MOST_ROWS:,} rows. It takes the place of the table below.",
    )
    if problem := st.session_state.get("csv_problem"):
        st.error(plain(problem), icon=":material/error:")
    state = st.session_state
    editor = f"editor{state.setdefault('uploads', 0)}"
    if editor not in state:  # shown for the first time, or again after another page
        state.beginning = state.get("edited") or _sample(offered)
    state.edited = st.data_editor(
        state.beginning,
        key=editor,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "operation": st.column_config.TextColumn("operation", help=", ".join(offered), required=True),
            "text": st.column_config.TextColumn("text", width="large", required=True),
            "options": st.column_config.TextColumn("options", help="A JSON object"),
        },
        alt="The rows to run: operation, text, question, options",
    )
    return [dict(zip(COLUMNS, values, strict=True)) for values in zip(*state.edited.values(), strict=True)]


def _sample(offered: Mapping[str, Operation]) -> dict[str, list[str]]:
    names = [
        name for name, one in offered.items() if not one.requires_question and "required" not in one.options_schema
    ]
    pairs = list(zip(names, SAMPLES.values(), strict=False))
    return _columns([{"operation": name, "text": text} for name, text in pairs])


def _columns(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    return {name: [row.get(name, "") for row in rows] for name in COLUMNS}


def _take_csv() -> None:
    state = st.session_state
    state.csv_problem = None
    if state.csv is None:
        return
    try:
        state.edited = _columns(read_csv(state.csv.getvalue()))
        state.uploads += 1
    except ValueError as error:
        state.csv_problem = str(error)


def _run(api: Api, rows: list[Row]) -> None:
    """Send the rows piece by piece; what is done stays when the rest is stopped."""
    outcomes: list[dict[str, Any]] = [_failed(row, *row.problem) for row in rows if row.problem]
    st.session_state.outcomes, st.session_state.total = outcomes, len(rows)
    place = st.empty()
    with place.container():
        progress = st.progress(0.0)
        st.button("Stop", icon=":material/stop:", help="What is done stays.")
        for path, piece in pieces(rows, PIECE):
            progress.progress(len(outcomes) / len(rows), _so_far(outcomes, len(rows)))
            outcomes += _answers(api, path, piece)
    place.empty()


def _so_far(outcomes: list[dict[str, Any]], total: int) -> str:
    failed = sum(outcome["status"] == "failed" for outcome in outcomes)
    return f"{len(outcomes)} of {total} rows, {failed} failed"


def _answers(api: Api, path: str, piece: list[Row]) -> list[dict[str, Any]]:
    """The outcome of each row; a call that is too large is made in halves."""
    try:
        items = _asked(api, path, piece)
    except Refused as error:
        if error.status in TOO_LARGE and (half := len(piece) // 2):
            return _answers(api, path, piece[:half]) + _answers(api, path, piece[half:])
        return [_failed(row, error.code, error.message, error.request_id) for row in piece]
    return [piece[item["request_index"]].outcome(item["response"], item["error"]) for item in items]


def _asked(api: Api, path: str, piece: list[Row]) -> list[dict[str, Any]]:
    """What the service says to each row, once the limit of the key has room for all of them."""
    patience = PATIENCE
    while True:
        try:
            items: list[dict[str, Any]] = api.post(path, {"requests": [row.body for row in piece]}).data["results"]
        except Refused as error:
            if error.status != 429 or not error.retry_after or error.retry_after > LONGEST_WAIT or not patience:
                raise
            patience -= 1
            with st.spinner(f"This key may ask again in {error.retry_after:.0f} s"):
                time.sleep(error.retry_after)
        else:
            return items


def _failed(row: Row, code: str, message: str, request_id: str | None = None) -> dict[str, Any]:
    return row.outcome(None, {"code": code, "message": message, "request_id": request_id})


def _show(outcomes: list[dict[str, Any]], total: int) -> None:
    st.subheader(_so_far(outcomes, total))
    shown = [
        {
            "row": outcome["row"],
            "status": outcome["status"],
            "operation": outcome["operation"],
            "result or error": outcome["error"] or cell(outcome["result"]),
            "source": cell(outcome["source"]),
            "text": outcome["text"],
        }
        for outcome in outcomes
    ]
    widths = {"result or error": st.column_config.TextColumn(width="large")}
    st.dataframe(shown, hide_index=True, column_config=widths, alt="The outcome of each row")
    with st.container(horizontal=True):
        st.download_button("Download CSV", as_csv(outcomes), "batch.csv", "text/csv", icon=":material/download:")
        whole = json.dumps(outcomes, ensure_ascii=False, indent=2)
        st.download_button("Download JSON", whole, "batch.json", "application/json", icon=":material/download:")


main()
