"""What is true of every page: keys, screens, and a service that is away."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.e2e.conftest import DESKTOP, PICTURES
from tests.e2e.console import hold_open, policies
from tests.e2e.frontend import FrontEnd
from tests.e2e.pictures import take_picture
from tests.e2e.walking import choose, go_to
from tests.support.service import ADMIN_KEY, API_KEY, TEXT, Service

SCREENS = {"desktop": DESKTOP, "narrow": {"width": 390, "height": 844}}
SCHEMES = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 25, 28)"}
FITS = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
    .every(element => element.scrollWidth <= element.clientWidth)"""
LOOKS = 4 if PICTURES else 1
"""How long the tables of the live charts shall be at least."""


@pytest.fixture(scope="module")
def keyless(_backend: Service) -> Iterator[FrontEnd]:
    """A front end that knows where the service is and has no key."""
    with FrontEnd(API_URL=_backend.url) as front:
        yield front


def test_a_walk_through_the_pages_asks_no_other_host(page: Page, front: FrontEnd) -> None:
    asked: list[str] = []

    def remember(request: Request) -> None:
        asked.append(request.url)

    page.on("request", remember)
    page.reload()
    for title in ("Batch", "Operations", "Playground"):
        go_to(page, title)
    elsewhere = [url for url in asked if not url.startswith((front.url, "data:", "blob:"))]
    assert asked
    assert not elsewhere


def test_a_page_can_be_opened_by_its_address(browser: Browser, keyless: FrontEnd) -> None:
    with browser.new_context() as context:  # Streamlit's own look for its server is an error in the console
        page = context.new_page()
        page.goto(f"{keyless.url}/operations")
        expect(page.get_by_text("This page needs the key of operators")).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_text("Keys")).to_be_visible()


def test_keys_are_typed_and_stay_out_of_the_address_and_the_storage(
    context: BrowserContext, keyless: FrontEnd, backend: Service
) -> None:
    page = context.new_page()
    page.goto(keyless.url)
    go_to(page, "Operations")
    expect(page.get_by_text("This page needs the key of operators")).to_be_visible()
    page.get_by_text("Keys").click()
    typed = page.get_by_label("Operator key")
    for key, said in (
        ("nobody-knows-this-key", "The service does not know this key"),
        (API_KEY, "operators need another one"),
    ):
        typed.fill(key)
        typed.press("Enter")
        expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("This key lacks the scope")).to_be_visible()
    typed.fill(ADMIN_KEY)
    typed.press("Enter")
    page.get_by_role("tab", name="Fleet").click()
    expect(page.get_by_text("Answered by")).to_be_visible()
    kept = page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert ADMIN_KEY not in kept + page.url + str(context.cookies())


def test_a_service_that_goes_away_and_comes_back_is_noticed(page: Page, backend: Service) -> None:
    unreachable = page.get_by_role("alert").filter(has_text=re.compile(r"API unreachable since \d\d:\d\d:\d\d"))
    go_to(page, "Operations", "Fleet")
    expect(page.get_by_text("Answered by")).to_be_visible()
    backend.stop()
    try:
        expect(unreachable).to_have_count(1)
    finally:
        backend.start()
    expect(page.get_by_text("Answered by")).to_be_visible()
    expect(unreachable).to_have_count(0)


def test_a_run_while_the_service_is_away_says_so(page: Page, backend: Service) -> None:
    backend.stop()
    try:
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("alert")).to_contain_text("API unreachable since")
    finally:
        backend.start()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("From the model")).to_be_visible()


def used_playground(page: Page, _: Service) -> Locator:
    choose(page, "Operation", "Sentiment")
    page.get_by_role("button", name="Run").click()
    request_id = page.get_by_test_id("stCode").first
    expect(request_id).to_have_text(re.compile("[0-9a-f]{32}"))
    return request_id


def used_batch(page: Page, _: Service) -> Locator:
    go_to(page, "Batch")
    page.get_by_role("button", name="Run 3 rows").click()
    download = page.get_by_role("button", name="Download CSV")
    expect(download).to_be_visible()
    return download


def used_operations(page: Page, backend: Service) -> Locator:
    [*_, name] = policies(backend)
    domain, _, operation = name.partition(".")
    for number in range(40):
        body = {"operation": operation, "text": f"{TEXT} It was guest number {number} who said so."}
        backend.client.post(f"/v1/{domain}/process", json=body).raise_for_status()
    hold_open(backend, name)
    go_to(page, "Operations")
    expect(page.get_by_role("table").first.get_by_role("row").nth(LOOKS)).to_be_visible(timeout=60_000)
    return page.get_by_role("heading", name="Operations")


@pytest.mark.parametrize("use", [used_playground, used_batch, used_operations])
def test_a_page_fits_wide_and_narrow_screens_in_light_and_dark(
    page: Page, backend: Service, use: Callable[[Page, Service], Locator]
) -> None:
    point = use(page, backend)
    for screen, size in SCREENS.items():
        page.set_viewport_size(size)
        for scheme, background in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
            page.wait_for_function(FITS)  # tables follow a new size when they are drawn next
            if PICTURES:
                point.scroll_into_view_if_needed()
                take_picture(page, f"{use.__name__.removeprefix('used_')}-{scheme}-{screen}")
