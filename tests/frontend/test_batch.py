import csv
import io
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rows import as_csv, read_csv
from tests.frontend.conftest import BACKEND_PYTHON, Opened
from tests.frontend.look import run, words
from tests.support.service import TEXT, Service

HEAD = "operation,text,question,options\n"


def uploaded(page: AppTest, content: str) -> AppTest:
    page.file_uploader(key="csv").upload("rows.csv", content.encode(), "text/csv").run()
    assert not page.exception
    return page


def outcomes(page: AppTest) -> list[dict[str, Any]]:
    return sorted(page.session_state.outcomes, key=lambda outcome: outcome["row"])


def test_each_row_gets_the_answer_that_the_service_gives(service: Service, opened: Opened) -> None:
    line = f'summarize,"{TEXT}",,"{{""max_length"": 12}}"\nqa,"{TEXT}",Was the cake excellent?,\n'
    page = run(uploaded(opened("batch"), HEAD + line), "Run 2 rows")
    expected = [
        service.process_text(TEXT, options={"max_length": 12}),
        service.process_text(TEXT, "qa", question="Was the cake excellent?"),
    ]
    assert [one["result"] for one in outcomes(page)] == [one.json()["result"] for one in expected]
    assert "2 of 2 rows, 0 failed" in words(page)
    assert [button.label for button in page.get("download_button")] == ["Download CSV", "Download JSON"]


def test_a_bad_row_fails_alone_and_says_why(service: Service, opened: Opened) -> None:
    bad = {
        "summarize,short,,": "validation_failed",
        f'dance,"{TEXT}",,': "unknown_operation",
        f'summarize,"{TEXT}",,nope': "options_not_json",
        f'summarize,"{TEXT}",,"{{""max_length"": NaN}}"': "options_not_json",
        f'summarize,"{TEXT}",,"{{""max_length"": 3}}"': "validation_failed",
        f'summarize,"{TEXT}",,[]': "validation_failed",
        f'qa,"{TEXT}",,': "validation_failed",
    }
    lines = [f'sentiment,"{TEXT}",,', *bad, f'summarize,"{TEXT}",,']
    page = run(uploaded(opened("batch"), HEAD + "\n".join(lines)), "Run 9 rows")
    found = outcomes(page)
    assert [one["status"] for one in found] == ["completed", *["failed"] * len(bad), "completed"]
    assert [one["error_code"] for one in found[1:-1]] == list(bad.values())
    assert found[1]["error"] == service.process_text("short").json()["error"]["message"]
    assert "9 of 9 rows, 7 failed" in words(page)


def test_more_rows_than_one_call_takes_are_sent_in_several_and_keep_their_order(opened: Opened) -> None:
    texts = [f"{TEXT} This is guest number {number} of the day." for number in range(25)]
    page = uploaded(opened("batch"), HEAD + "".join(f'summarize,"{text}",,\n' for text in texts))
    run(page, "Run 25 rows")
    assert [one["text"] for one in outcomes(page)] == texts
    assert len({one["request_id"] for one in outcomes(page)}) == 3
    assert all(one["status"] == "completed" for one in outcomes(page))


def test_a_batch_waits_where_its_key_has_reached_its_limit(opened: Opened) -> None:
    texts = "".join(f'summarize,"{TEXT} Guest {number}.",,\n' for number in range(20))
    with Service(python=BACKEND_PYTHON, RATE_LIMIT_REQUESTS="15", RATE_LIMIT_WINDOW_SECONDS="3") as limited:
        page = run(uploaded(opened("batch", API_URL=limited.url), HEAD + texts), "Run 20 rows")
        refused = limited.operator.get("/internal/metrics").text
    assert 'status="429"' in refused
    assert "20 of 20 rows, 0 failed" in words(page)


@pytest.mark.parametrize("limit", [{"MAX_BATCH_REQUESTS_PER_CALL": "3"}, {"MAX_REQUEST_BYTES": "1024"}], ids=str)
def test_a_call_that_holds_more_than_the_service_takes_is_made_in_smaller_ones(
    limit: dict[str, str], opened: Opened
) -> None:
    texts = [f"{TEXT} It was guest number {number} who said so." for number in range(11)]
    with Service(python=BACKEND_PYTHON, **limit) as narrow:
        page = uploaded(
            opened("batch", API_URL=narrow.url), HEAD + "".join(f'summarize,"{text}",,\n' for text in texts)
        )
        run(page, "Run 11 rows")
    assert "11 of 11 rows, 0 failed" in words(page)
    assert [one["text"] for one in outcomes(page)] == texts


def test_a_wrong_key_fails_every_row_in_the_words_of_the_envelope(opened: Opened) -> None:
    page = run(opened("batch", API_KEY="a-wrong-key-of-nobody"))
    assert {one["error_code"] for one in outcomes(page)} == {"unknown_key"}


def test_rows_that_were_not_sent_are_counted_when_the_service_is_lost(opened: Opened) -> None:
    with Service(python=BACKEND_PYTHON) as service:
        page = opened("batch", API_URL=service.url)
        service.stop()
        run(page)
    assert "API unreachable since" in words(page)
    assert not outcomes(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text,question\nx,y\n", "missing: operation"),
        (b"", "missing: operation, text"),
        (b"operation,text\nsummarize,caf\xe9\n", "not UTF-8"),
        (b'operation,text\nsummarize,"open', "not CSV"),
        (b"operation,text\n" + b"summarize,x\n" * 1001, "at most 1,000"),
    ],
    ids=["no operation", "nothing", "latin-1", "open quote", "too many"],
)
def test_a_file_that_is_no_batch_is_refused_with_its_reason(content: bytes, said: str, opened: Opened) -> None:
    page = opened("batch")
    page.file_uploader(key="csv").upload("rows.csv", content, "text/csv").run()
    assert said in words(page)
    with pytest.raises(ValueError, match=said):
        read_csv(content)


@pytest.mark.parametrize("begins", ["=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(begins: str) -> None:
    written = as_csv([{"row": -1, "text": begins, "result": [begins, "b"], "error": None}])
    _, row = csv.reader(io.StringIO(written, newline=""))
    assert row == ["-1", f"'{begins}", f"'{begins}; b", ""]


def test_the_rows_outlive_a_look_at_another_page(opened: Opened) -> None:
    page = uploaded(opened("batch"), f'{HEAD}summarize,"{TEXT}",,\n')
    page.switch_page("views/playground.py").run()
    page.switch_page("views/batch.py").run()
    assert list(page.session_state.edited["text"]) == [TEXT]
