from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import Opened
from tests.frontend.look import run, words
from tests.support.service import API_KEY


def test_a_key_may_come_from_a_file(tmp_path: Path, opened: Opened) -> None:
    secret = tmp_path / "key"
    secret.write_text(f"{API_KEY}\n", encoding="utf-8")
    assert "Request id" in words(run(opened(API_KEY="", API_KEY_FILE=str(secret))))


def test_without_a_key_the_service_says_what_is_missing(opened: Opened) -> None:
    assert "not_authenticated" in words(run(opened(API_KEY="")))


def test_a_typed_key_outlives_a_change_of_page(opened: Opened) -> None:
    page = opened(API_KEY="")
    page.text_input(key="API_KEY").set_value(API_KEY).run()
    page.switch_page("views/batch.py").run()
    page.switch_page("views/playground.py").run()
    assert "Request id" in words(run(page))


def test_an_address_of_something_else_is_told(opened: Opened) -> None:
    """A web server that answers every request with a page of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        Thread(target=server.serve_forever).start()
        try:
            page = opened(API_URL=f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
    assert "Is the address right?" in words(page)


def strange() -> None:
    """A page of its own."""
    from api import Refused
    from session import told

    told(Refused(422, "validation_failed", "![](http://example.org/leak.png) **bold**", "abc", 3))


def test_words_from_outside_are_never_markdown() -> None:
    page = AppTest.from_function(strange).run()
    assert page.error[0].value == r"\!\[\]\(http\:\/\/example\.org\/leak\.png\) \*\*bold\*\*"
    assert "try again in 3 s" in page.caption[0].value
