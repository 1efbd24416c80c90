"""One record is one line, whatever is in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.context import request_id
from app.core.events import AccessRefused, AttemptFailed, BreakerChanged, Degraded, Events, Inspected, Screened
from app.infrastructure.monitoring import AccessLog, configure, keep_journal

FORGED = "tea\r\n12:00:00 ERROR forged\x1b[31m red \u2028 end"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where this process logs to during the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().removesuffix("\n").split("\n") if line]


def test_a_record_is_json_with_the_usual_fields(stream: io.StringIO) -> None:
    configure("INFO", stream=stream)
    token = request_id.set("r-1")
    logging.getLogger("tea").warning("%d cups", 3)
    request_id.reset(token)
    (record,) = lines(stream)
    assert record.pop("timestamp")
    assert record == {"level": "WARNING", "logger": "tea", "message": "3 cups", "request_id": "r-1", "trace_id": "-"}


def test_the_level_is_the_least_that_is_logged(stream: io.StringIO) -> None:
    configure("WARNING", stream=stream)
    logging.getLogger("tea").info("not this")
    logging.getLogger("tea").warning("this")
    assert [record["message"] for record in lines(stream)] == ["this"]


def test_a_traceback_stays_within_its_line(stream: io.StringIO) -> None:
    configure("INFO", stream=stream)
    try:
        raise RuntimeError(FORGED)
    except RuntimeError:
        logging.getLogger("tea").exception("spilt")
    (record,) = lines(stream)
    assert "RuntimeError" in str(record["exc_info"])


def test_a_message_cannot_forge_a_line_of_json(stream: io.StringIO) -> None:
    configure("INFO", stream=stream)
    logging.getLogger("tea").warning("on %s", FORGED)
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert lines(stream)[0]["message"] == f"on {FORGED}"


def test_a_message_cannot_forge_a_line_or_steer_a_terminal(stream: io.StringIO) -> None:
    configure("INFO", stream=stream, readable=True)
    logging.getLogger("tea").warning("on %s", FORGED)
    assert stream.getvalue().count("\n") == 1
    assert not {"\r", "\x1b"} & set(stream.getvalue())


def test_a_traceback_keeps_its_lines_for_a_person(stream: io.StringIO) -> None:
    configure("INFO", stream=stream, readable=True)
    try:
        raise RuntimeError("spilt")
    except RuntimeError:
        logging.getLogger("tea").exception("oh")
    assert len(stream.getvalue().splitlines()) > 3


def test_libraries_that_log_every_call_are_quiet(stream: io.StringIO) -> None:
    configure("DEBUG", stream=stream)
    logging.getLogger("openai").info("the whole prompt")
    assert stream.getvalue() == ""


def access(stream: io.StringIO, path: str, *, readable: bool) -> None:
    log = AccessLog(stream, readable=readable)
    log(method="GET", path=path, status=200, seconds=0.0123, request_id="r-1", trace_id="t-1", caller="key-1")


def test_a_request_is_logged_with_what_is_asked_for_later(stream: io.StringIO) -> None:
    access(stream, "/tea", readable=False)
    (record,) = lines(stream)
    assert record.pop("timestamp")
    assert record == {
        "level": "INFO",
        "logger": "access",
        "message": "request",
        "request_id": "r-1",
        "trace_id": "t-1",
        "method": "GET",
        "path": "/tea",
        "status": 200,
        "duration_ms": 12.3,
        "caller": "key-1",
    }


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_a_path_cannot_forge_a_line(path: str, readable: bool) -> None:
    stream = io.StringIO()
    access(stream, path, readable=readable)
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (BreakerChanged("tea.make", "closed", "open", "5 failures"), "breaker tea.make: closed -> open (5 failures)"),
        (Degraded("tea.make", "circuit_open"), "degraded answer of tea.make: circuit_open"),
        (
            AttemptFailed("tea.make", 2, "provider_busy", 1.5),
            "tea.make: attempt 2 failed with provider_busy, again in 1.5 s",
        ),
        (AttemptFailed("tea.make", 3, "provider_busy", None), "tea.make: attempt 3 failed with provider_busy, gave up"),
        (Screened("tea.make", "blocked", "rule"), "screened: blocked by rule in tea.make"),
        (Inspected("tea.make", "mended", "address"), "inspected: mended for address in tea.make"),
        (AccessRefused("unknown_key", "1.2.3.4", "/tea"), "refused: unknown_key for 1.2.3.4 on /tea"),
    ],
)
def test_what_an_operator_wants_to_know_is_in_the_journal(
    event: object, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    events = Events()
    keep_journal(events)
    events(event)
    assert caplog.messages == [message]
