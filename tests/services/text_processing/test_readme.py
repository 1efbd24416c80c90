"""The five operations are what the domain's README says."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.services import text_processing

README = (Path(text_processing.__file__).parent / "README.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| .*? \| (yes|no) \|$", README, re.M)}
CATALOGUE = text_processing.DOMAIN.catalogue
RESULTS = {"string": "text", "array": "list"}


def options(op: Any) -> str:
    """The column of the table: each option with its bounds and its default."""
    found = [
        f"`{name}` {schema['minimum']} to {schema['maximum']}, {schema['default']}"
        for name, schema in op.options.model_json_schema().get("properties", {}).items()
    ]
    return "; ".join(found) or ("none, but a `question`" if op.requires_question else "none")


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert set(ROWS) == set(CATALOGUE)


@pytest.mark.parametrize("op", CATALOGUE.values(), ids=CATALOGUE)
def test_a_row_says_what_the_operation_takes_and_gives(op: Any) -> None:
    schema = op.card()["result_schema"]
    fields = ", ".join(f"`{name}`" for name in schema.get("properties", {}))
    assert ROWS[op.name] == (options(op), fields or RESULTS[schema["type"]], "yes" if op.terms.degrades else "no")
    assert op.works_offline
