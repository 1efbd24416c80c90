"""What a page offers depends on the domains of the service, and on nothing else."""

from pathlib import Path

import pytest

from catalogue import MOST_CHARACTERS
from tests.frontend.conftest import BACKEND_PYTHON, Opened, bare_app, install
from tests.frontend.look import run, words
from tests.frontend.test_batch import outcomes
from tests.support.service import Service


@pytest.mark.parametrize("name", ["playground", "batch"])
def test_a_service_without_operations_says_how_to_add_one_and_has_it_at_the_next_look(
    name: str, tmp_path: Path, opened: Opened
) -> None:
    app = bare_app(tmp_path)
    with Service(python=BACKEND_PYTHON, product=True, PYTHONPATH=str(app)) as service:
        page = opened(name, API_URL=service.url)
        assert "No operation is installed" in words(page)
        assert "make new-service NAME=" in words(page)
        service.stop()
        install(app, "letters")
        service.start()
        run(page, "Try again")
    assert "No operation is installed" not in words(page)
    assert any(button.label.startswith("Run") for button in page.button)


def test_the_sample_rows_run_where_domains_share_the_names_of_their_operations(tmp_path: Path, opened: Opened) -> None:
    app = bare_app(tmp_path)
    for domain in ("letters", "tickets"):
        install(app, domain)
    with Service(python=BACKEND_PYTHON, product=True, PYTHONPATH=str(app)) as service:
        page = run(opened("batch", API_URL=service.url))
    assert [one["status"] for one in outcomes(page)] == ["completed"] * 3


def test_the_longest_text_is_the_one_that_the_service_takes(service: Service) -> None:
    schemas = service.anonymous.get("/openapi.json").json()["components"]["schemas"]
    texts = [schema["properties"]["text"] for schema in schemas.values() if "text" in schema.get("properties", {})]
    assert {text["maxLength"] for text in texts if "maxLength" in text} == {MOST_CHARACTERS}
