"""The page about security names the test that keeps each promise."""

import re

import pytest

from tests.support.service import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
FILES = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py")}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/]+\.py)`", PAGE))))
def test_a_test_that_it_names_is_there(name: str) -> None:
    assert name in FILES if "/" in name else any(file.endswith(f"/{name}") for file in FILES)


def test_each_promise_names_one() -> None:
    promises = PAGE.partition("## What is promised")[2].partition("python -m scripts.hostile")[0]
    rows = [row for row in promises.splitlines() if row.startswith("| ") and not row.startswith("| promise")]
    assert len(rows) > 30
    assert [row for row in rows if ".py`" not in row and not row.endswith("| the same |")] == []
