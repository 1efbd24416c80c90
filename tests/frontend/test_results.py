"""Results that no operation of the tests' domain gives."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.look import words


def verdict(confidence: float | None) -> None:
    """A page of its own: a verdict by a model that need not say how sure it is."""
    from results import draw

    share = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}
    schema = {"type": "object", "properties": {"label": {"enum": ["billing", "other"]}, "confidence": share}}
    draw({"label": "billing", "confidence": confidence}, schema)


@pytest.mark.parametrize("confidence", [None, 0, 0.25, 1])
def test_a_verdict_is_a_meter_where_it_says_how_sure_it_is(confidence: float | None) -> None:
    page = AppTest.from_function(verdict, args=(confidence,)).run()
    assert not page.exception
    assert "Billing" in words(page)
    assert [bar.proto.value for bar in page.get("progress")] == ([] if confidence is None else [confidence * 100])
