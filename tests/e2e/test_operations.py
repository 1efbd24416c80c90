"""The operators' console in a browser; what it changes is looked at over HTTP."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import BACKEND_PYTHON
from tests.e2e.console import cached, hold_open, in_force, policies
from tests.e2e.frontend import FrontEnd
from tests.e2e.walking import choose, confirm, go_to, row
from tests.support.service import ADMIN_KEY, Service
from tests.support.valkey import valkey_server

QA = "trial.qa"


def test_a_breaker_that_opens_is_seen_without_a_reload(page: Page, backend: Service) -> None:
    go_to(page, "Operations", "Breakers")
    expect(row(page, QA)).to_contain_text("closed")
    hold_open(backend, QA)
    expect(row(page, QA)).to_contain_text("open")
    expect(row(page, QA)).to_contain_text("min")
    page.get_by_role("tab", name="Alerts").click()
    alert = page.get_by_role("alert").filter(has_text=f"breaker open: {QA}")
    expect(alert).to_contain_text("Look at the provider's status")


def test_a_breaker_is_held_open_after_a_confirmation(page: Page, backend: Service) -> None:
    go_to(page, "Operations", "Breakers")
    choose(page, "Breaker", QA)
    page.get_by_role("button", name="Hold open").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("spinbutton", name="Seconds").fill("90")
    dialog.get_by_role("textbox", name="Reason").fill("no")
    dialog.get_by_role("button", name="Hold it open").click()
    expect(dialog.get_by_role("alert")).to_contain_text("reason: String should have at least 3 characters")
    assert policies(backend)[QA]["state"] == "closed"
    dialog.get_by_role("textbox", name="Reason").fill("not a [link](http://example.org)")
    confirm(page, "Hold it open")
    expect(page.get_by_text(f"Held {QA} open for 90 s at ")).to_contain_text("Acknowledged by 1 of 1")
    told = policies(backend)[QA]
    assert told["state"] == "open"
    assert all(80 < one["open_remaining"] <= 90 for one in told["instances"].values())


def test_a_breaker_is_reset_after_a_confirmation(page: Page, backend: Service) -> None:
    hold_open(backend, QA)
    go_to(page, "Operations", "Breakers")
    choose(page, "Breaker", QA)
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Reset it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert policies(backend)[QA]["state"] == "open"
    page.get_by_role("button", name="Reset").click()
    confirm(page, "Reset it")
    expect(page.get_by_text(f"Reset {QA} at ")).to_contain_text("Acknowledged by 1 of 1")
    assert policies(backend)[QA]["state"] == "closed"


def test_answers_are_counted_before_they_are_forgotten(page: Page, backend: Service) -> None:
    backend.process_text(operation="summarize")
    backend.process_text(operation="sentiment")
    go_to(page, "Operations", "Cache")
    choose(page, "Operation", "trial.summarize")
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_text("1 in memory")).to_contain_text("Nothing is forgotten yet")
    assert cached(backend) == 2
    page.get_by_role("button", name="Forget them").click()
    assert cached(backend) == 2
    confirm(page, "Forget")
    expect(page.get_by_text("Forgot the answers of operation trial.summarize")).to_contain_text(
        "Acknowledged by 1 of 1"
    )
    assert cached(backend) == 1


def test_a_count_is_void_for_another_selector(page: Page) -> None:
    go_to(page, "Operations", "Cache")
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_role("button", name="Forget them")).to_be_visible()
    page.get_by_text("Everything").click()
    expect(page.get_by_role("button", name="Forget them")).to_have_count(0)


def test_a_preset_is_tried_out_before_it_is_put_into_force(page: Page, backend: Service) -> None:
    go_to(page, "Operations", "Presets")
    choose(page, "Preset", "development")
    page.get_by_role("textbox", name="Reason").fill("not a [link](http://example.org)")
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("Nothing is changed yet")).to_be_visible()
    assert in_force(backend) == ("simple", None)
    page.get_by_role("button", name="Put into force").click()
    confirm(page, "Put it into force")
    expect(page.get_by_text("Put development into force at ")).to_contain_text("Acknowledged by 1 of 1")
    assert in_force(backend) == ("development", "not a [link](http://example.org)")
    expect(row(page, "not a [link](http://example.org)")).to_be_visible()

    choose(page, "Preset", "what the settings say")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Put into force").click()
    confirm(page, "Put it into force")
    expect(page.get_by_text("Put what the settings say into force at ")).to_be_visible()
    assert in_force(backend) == ("simple", None)


@pytest.fixture(scope="module")
def twins() -> Iterator[tuple[Service, Service, FrontEnd]]:
    with (
        valkey_server() as valkey,
        Service(python=BACKEND_PYTHON, REDIS_URL=valkey.url) as one,
        Service(python=BACKEND_PYTHON, REDIS_URL=valkey.url) as other,
        FrontEnd(API_URL=one.url, ADMIN_API_KEY=ADMIN_KEY) as front,
    ):
        yield one, other, front


def test_an_instance_that_does_not_answer_is_named(
    twins: tuple[Service, Service, FrontEnd], context: BrowserContext
) -> None:
    one, other, front = twins
    answered = one.operator.get("/internal/fleet").json()["answered_by"]
    page = context.new_page()
    page.goto(front.url)
    go_to(page, "Operations", "Fleet")
    expect(page.get_by_text("Answered by").locator("code")).to_have_text(answered)
    expect(page.get_by_role("row").filter(has_text="healthy").filter(has_text="process")).to_have_count(2)
    instances = one.operator.get("/internal/fleet").json()["instances"]
    [silent] = [instance["id"] for instance in instances if instance["id"] != answered]
    os.kill(other.process.pid, signal.SIGSTOP)
    try:
        expect(page.get_by_text(f"Unreachable: {silent}.").first).to_be_visible()
    finally:
        os.kill(other.process.pid, signal.SIGCONT)
