"""What users do on the pages, in their words."""

from playwright.sync_api import Locator, Page, expect


def go_to(page: Page, title: str, tab: str | None = None) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    if tab:
        page.get_by_role("tab", name=tab).click()


def settled(page: Page) -> None:
    """The page is drawn: what is opened now does not close because something else is still being drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()  # the list of a box closes when the page scrolls
    settled(page)
    box.fill(option)
    box.press("Enter")
    expect(box).to_have_value(option)


def confirm(page: Page, button: str) -> None:
    """Press the button of the open dialog, which closes with it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0)


def row(page: Page, text: str) -> Locator:
    """The row of a table that names it."""
    return page.get_by_role("row").filter(has_text=text)
