"""The Playground in a browser."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.frontend import FrontEnd
from tests.e2e.walking import choose
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, API_KEY


def run(page: Page, operation: str = "Summarize") -> None:
    choose(page, "Operation", operation)
    page.get_by_role("button", name="Run").click()


def test_an_answer_says_where_it_comes_from(page: Page, model: ModelServer) -> None:
    model.behave(text="The ferry runs on batteries.")
    run(page)
    expect(page.get_by_text("The ferry runs on batteries.")).to_be_visible()
    expect(page.get_by_text("From the model")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("From the cache")).to_be_visible()
    expect(page.get_by_text("The ferry runs on batteries.")).to_be_visible()


def test_words_appear_while_the_model_still_speaks(page: Page, model: ModelServer) -> None:
    model.behave(text="The ferry runs on batteries, and the council is pleased.", stall_after=5)
    run(page)
    expect(page.get_by_text("The ferry runs on")).to_be_visible()
    assert model.calls()[-1]["ended"] is None
    expect(page.get_by_role("alert")).to_contain_text("The model provider was too slow. Try again.")
    expect(page.get_by_text("provider_timeout")).to_be_visible()


def test_a_refusal_is_shown_in_the_words_of_the_service(page: Page) -> None:
    page.get_by_role("textbox", name="Text").fill("Too short")
    run(page)
    expect(page.get_by_role("alert")).to_contain_text("at least 10 characters")
    expect(page.get_by_text("validation_failed")).to_be_visible()


def test_each_kind_of_result_is_drawn_in_its_own_way(page: Page) -> None:
    page.get_by_text("Stream the answer").click()
    main = page.get_by_test_id("stMain")
    run(page, "Sentiment")
    expect(main.get_by_role("progressbar")).to_be_visible()
    for operation in ("Key points", "Questions"):
        run(page, operation)
        expect(main.get_by_role("heading", name=operation)).to_be_visible()
        expect(main.get_by_role("listitem").first).to_be_visible()


def test_the_same_request_as_code_holds_no_key(page: Page) -> None:
    run(page)
    page.get_by_text("The same request as code").click()
    expect(page.get_by_text('-H "Authorization: Bearer $API_KEY"')).to_be_visible()
    shown = page.content()
    assert API_KEY not in shown
    assert ADMIN_KEY not in shown


def test_two_tabs_do_not_disturb_each_other(page: Page, context: BrowserContext, front: FrontEnd) -> None:
    other = context.new_page()
    other.goto(front.url)
    run(page, "Sentiment")
    run(other, "Key points")
    expect(page.get_by_role("heading", name="Sentiment")).to_be_visible()
    expect(other.get_by_role("heading", name="Key points")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("From the cache")).to_be_visible()
    expect(other.get_by_role("heading", name="Sentiment")).to_have_count(0)


def test_the_keyboard_reaches_the_run_button(page: Page) -> None:
    button = page.get_by_role("button", name="Run")
    page.get_by_role("textbox", name="Text").focus()
    for _ in range(30):
        if button.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("From the model")).to_be_visible()
