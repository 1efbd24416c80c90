import re

import pytest

from api import Api, Unreachable
from tests.frontend.conftest import BACKEND_PYTHON, Opened
from tests.frontend.look import run, words
from tests.support.service import Service


@pytest.mark.parametrize("name", ["playground", "batch"])
def test_a_page_says_since_when_nothing_answers_and_comes_back_when_asked(name: str, opened: Opened) -> None:
    with Service(python=BACKEND_PYTHON) as service:
        service.stop()
        page = opened(name, API_URL=service.url)
        assert re.search(r"API unreachable since \d\d:\d\d:\d\d", words(page))
        service.start()
        run(page, "Try again")
        assert "API unreachable" not in words(page)
        assert any(button.label.startswith("Run") for button in page.button)


def test_the_first_failure_is_remembered_until_there_is_an_answer() -> None:
    with Service(python=BACKEND_PYTHON) as service:
        service.stop()
        api = Api(service.url, None)
        with pytest.raises(Unreachable) as first:
            api.get("/livez")
        with pytest.raises(Unreachable) as second:
            api.get("/livez")
        assert second.value.since == first.value.since
        service.start()
        api.get("/livez")
        service.stop()
        with pytest.raises(Unreachable) as later:
            api.get("/livez")
        assert later.value.since > first.value.since


@pytest.mark.parametrize("streams", [True, False])
def test_a_service_lost_before_a_call_is_told_and_found_again(streams: bool, opened: Opened) -> None:
    with Service(python=BACKEND_PYTHON) as service:
        page = opened(API_URL=service.url)
        page.toggle(key="streams").set_value(streams)
        service.stop()
        assert "API unreachable since" in words(run(page))
        service.start()
        assert "Request id" in words(run(page))
