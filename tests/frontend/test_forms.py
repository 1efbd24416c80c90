"""An operation that the front end has never heard of, with an option of every kind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import BACKEND_PYTHON, Opened, bare_app, install
from tests.frontend.look import chosen, run, words
from tests.support.service import Service

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with that operation dropped into a copy of the app."""
    app = bare_app(tmp_path_factory.mktemp("fork"))
    shutil.copy(HERE / "weigh.py", install(app, "trial"))
    with Service(python=BACKEND_PYTHON, product=True, PYTHONPATH=str(app)) as service:
        yield service


def test_every_kind_of_option_has_a_field_of_its_kind(wide: Service, opened: Opened) -> None:
    page = chosen(opened(API_URL=wide.url), "weigh")
    prefix = "trial.weigh."
    assert page.selectbox(key=f"{prefix}scale").options == ["grams", "ounces"]
    assert page.selectbox(key=f"{prefix}mood").value is None
    assert page.toggle(key=f"{prefix}rounded").value is True
    assert page.slider(key=f"{prefix}share").max == 1.0
    assert page.number_input(key=f"{prefix}limit").value is None
    assert page.number_input(key=f"{prefix}most").max == 5000
    assert page.text_area(key=f"{prefix}names").label == "Names, one a line"
    assert page.text_input(key=f"{prefix}unit").label == "Unit (required)"
    assert page.text_input(key=f"{prefix}unit").placeholder == "spoon"


def test_what_was_chosen_arrives_and_what_was_left_empty_does_not(wide: Service, opened: Opened) -> None:
    page = chosen(opened(API_URL=wide.url), "weigh")
    page.text_input(key="trial.weigh.unit").set_value("spoon")
    page.selectbox(key="trial.weigh.scale").select("ounces")
    page.text_area(key="trial.weigh.names").set_value("Ada\n\n Grace ")
    run(page)
    sent = page.session_state.answer.body["options"]
    assert sent["names"] == ["Ada", "Grace"]
    assert "limit" not in sent
    assert "mood" not in sent
    rows = page.table[0].value
    assert list(rows["Item"]) == ["scale", "unit", "names"]
    assert list(rows["Weight"]) == ["ounces", "spoon", r"Ada\; Grace"]


def test_a_missing_option_is_refused_in_the_words_of_the_envelope(wide: Service, opened: Opened) -> None:
    page = run(chosen(opened(API_URL=wide.url), "weigh"))
    assert "options.unit" in words(page)


def every_kind() -> None:
    """A page of its own: the form of a schema that the command line of an operation would not take."""
    import streamlit as st

    from forms import form

    schema = {
        "$defs": {"Box": {"type": "object", "properties": {"width": {"type": "integer"}}}},
        "properties": {
            "kinds": {"type": "array", "items": {"enum": ["dry", "wet"]}, "default": ["dry"]},
            "box": {"anyOf": [{"$ref": "#/$defs/Box"}, {"type": "null"}], "default": None},
            "version": {"const": 2},
            "above": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10, "default": 3},
        },
    }
    st.session_state.chosen = form(schema, "any")


def test_lists_of_choices_and_nested_objects_have_fields_too() -> None:
    page = AppTest.from_function(every_kind).run()
    assert page.session_state.chosen == {"kinds": ["dry"], "version": 2, "above": 3}
    assert (page.slider[0].min, page.slider[0].max) == (1, 9)
    page.multiselect(key="any.kinds").select("wet")
    page.text_area(key="any.box").set_value('{"width": 3}').run()
    assert page.session_state.chosen == {"kinds": ["dry", "wet"], "box": {"width": 3}, "version": 2, "above": 3}


def test_json_that_is_none_stops_the_page_and_says_so() -> None:
    page = AppTest.from_function(every_kind).run()
    page.text_area(key="any.box").set_value("{width").run()
    assert "is not JSON" in page.error[0].value
    assert not page.exception


def beyond_the_browser() -> None:
    """A page of its own: whole numbers that JavaScript has no exact form of."""
    import streamlit as st

    from forms import form

    schema = {
        "properties": {
            "seed": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1, "default": 7},
            "least": {"type": "integer", "exclusiveMinimum": -(2**63), "maximum": 100, "default": 5},
            "most": {"type": "integer", "default": 2**63},
        },
    }
    st.session_state.chosen = form(schema, "any")


def test_a_number_that_the_browser_cannot_hold_is_left_to_the_service() -> None:
    page = AppTest.from_function(beyond_the_browser).run()
    assert not page.exception
    assert page.session_state.chosen == {"seed": 7, "least": 5}
    assert (page.number_input(key="any.seed").min, page.number_input(key="any.least").max) == (0, 100)
    page.number_input(key="any.seed").set_value(2**53 - 1).run()
    assert page.session_state.chosen["seed"] == 2**53 - 1
