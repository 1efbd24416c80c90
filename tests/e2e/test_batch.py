"""The Batch page in a browser."""

import csv

from playwright.sync_api import Page, expect

from tests.e2e.walking import go_to


def test_a_batch_is_answered_row_by_row_and_can_be_taken_home(page: Page) -> None:
    go_to(page, "Batch")
    page.get_by_role("button", name="Run 3 rows").click()
    expect(page.get_by_role("heading", name="3 of 3 rows, 0 failed")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["completed"] * 3
    assert all(row["result"] for row in rows)
