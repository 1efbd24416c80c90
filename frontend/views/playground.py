"""One operation on one text."""

import time
from collections.abc import Iterator
from typing import Any

import streamlit as st

import snippets
from api import Api, Event, Refused, Unreachable
from catalogue import MOST_CHARACTERS, Operation, operations
from forms import form
from plain import plain
from results import Answer, show
from samples import SAMPLES
from session import public_api, told

BYTES_OF_A_CHARACTER = 4
"""UTF-8 needs no more, so a larger file is too long without a look inside."""


def main() -> None:
    st.title("Playground")
    api = public_api()
    offered = operations(api)
    material, choice = st.columns(2, gap="large")
    with material:
        text = _text()
    with choice:
        operation = _operation(offered)
        question = (
            st.text_input("Question", key="question", persist_state="session") if operation.requires_question else None
        )
        options = form(operation.options_schema, operation.full_name)
        streams = st.toggle("Stream the answer", True, key="streams", persist_state="session")
        if st.button("Run", type="primary", icon=":material/play_arrow:"):
            st.session_state.pop("answer", None)
            _ask(api, operation, operation.request(text, options, question), streams)
        if answer := st.session_state.get("answer"):
            show(answer)
            _as_code(api, answer)


def _text() -> str:
    if "beginning" not in st.session_state:
        _begin_with(SAMPLES["A report"])
    st.pills("Try a sample", list(SAMPLES), key="sample", on_change=_take_sample)
    st.file_uploader(
        "Or a text file",
        ["txt", "md"],
        key="file",
        on_change=_take_file,
        max_upload_size=1,
        help=f"UTF-8, at most {MOST_CHARACTERS:,} characters",
    )
    if problem := st.session_state.get("file_problem"):
        st.error(problem, icon=":material/error:")
    text: str = st.text_area(
        "Text", st.session_state.beginning, key=f"text{st.session_state.editor}", height=260, persist_state="session"
    )
    st.caption(f"{len(text.strip()):,} of {MOST_CHARACTERS:,} characters")
    return text


def _begin_with(text: str) -> None:
    """Put a text into the editor: into a new one, because what the browser remembers of the old one would win."""
    state = st.session_state
    state.beginning, state.editor = text, state.get("editor", 0) + 1


def _take_sample() -> None:
    if chosen := st.session_state.sample:
        _begin_with(SAMPLES[chosen])


def _take_file() -> None:
    st.session_state.file_problem = None
    if (file := st.session_state.file) is None:
        return
    try:
        _begin_with(_read(file.name, file.getvalue()))
    except ValueError as error:
        st.session_state.file_problem = str(error)


def _read(name: str, content: bytes) -> str:
    """The file's text; ValueError says why it cannot be asked about."""
    too_long = f"{plain(name)} holds more than {MOST_CHARACTERS:,} characters. Shorten it; nothing is cut off silently."
    if len(content) > BYTES_OF_A_CHARACTER * MOST_CHARACTERS:
        raise ValueError(too_long)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{plain(name)} is not UTF-8 text: byte {error.start} fits no character.") from error
    if len(text.strip()) > MOST_CHARACTERS:
        raise ValueError(too_long)
    return text


def _operation(offered: dict[str, Operation]) -> Operation:
    several = len({one.domain for one in offered.values()}) > 1

    def name(full_name: str) -> str:
        one = offered[full_name]
        return f"{one.name} ({one.domain.replace('_', ' ')})" if several else one.name

    chosen = st.selectbox("Operation", list(offered), format_func=name, key="operation", persist_state="session")
    st.caption(plain(offered[chosen].description))
    return offered[chosen]


def _ask(api: Api, operation: Operation, body: dict[str, Any], streams: bool) -> None:
    began = time.perf_counter()
    first_words = None
    try:
        if streams:
            reply, first_words = _streamed(api.stream(operation.path("stream"), body), began)
        else:
            with st.spinner("Waiting for the answer"):
                reply = api.post(operation.path("process"), body).data
    except (Refused, Unreachable) as error:
        told(error)
        return
    st.session_state.answer = Answer(operation, body, reply, time.perf_counter() - began, first_words)


def _streamed(events: Iterator[Event], began: float) -> tuple[dict[str, Any], float | None]:
    """Show the words as they come; the whole reply, and when the first words were there."""
    place, said, first_words = st.empty(), "", None
    for event in events:
        if event.name == "delta":
            if first_words is None:
                first_words = time.perf_counter() - began
            said += event.data["text"]
            place.text(said, width="stretch")
        elif event.name == "done":
            place.empty()
            return event.data, first_words
    raise AssertionError("a stream ends with `done` or raises")


def _as_code(api: Api, answer: Answer) -> None:
    url = api.url + answer.operation.path("process")
    with st.expander("The same request as code", icon=":material/code:"):
        for tab, language, write in zip(
            st.tabs(["curl", "Python"]), ("bash", "python"), (snippets.curl, snippets.python), strict=True
        ):
            tab.code(write(url, answer.body), language=language, wrap_lines=True)


main()
