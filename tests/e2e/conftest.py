"""A service, its front end and a headless Chromium, shared by all tests of this folder."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.console import BREAKERS, policies
from tests.e2e.frontend import FrontEnd
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, API_KEY, ROOT, Service

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # which needs rights that containers do not have
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
DESKTOP = {"width": 1280, "height": 900}
BACKEND_PYTHON = str(ROOT / ".venv" / "bin" / "python")
PICTURES = "SCREENSHOTS" in os.environ
"""Whether `make screenshots` runs: then the service offers what the product does, and answers without a model."""
PATIENCE = 20_000
"""Milliseconds that a page may take to show what it is expected to."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if "CI" in os.environ:
            pytest.fail("there is no chromium; `make system-packages` installs it")
        pytest.skip("there is no chromium; `make system-packages` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _backend(_model: ModelServer) -> Iterator[Service]:
    model = {} if PICTURES else {"AI_IDLE_TIMEOUT": "2", **_model.openai_env()}
    with Service(python=BACKEND_PYTHON, product=PICTURES, **model) as service:
        yield service


@pytest.fixture(scope="session")
def front(_backend: Service) -> Iterator[FrontEnd]:
    """The front end with both keys in its environment."""
    with FrontEnd(API_URL=_backend.url, API_KEY=API_KEY, ADMIN_API_KEY=ADMIN_KEY) as front:
        yield front


@pytest.fixture
def backend(_backend: Service, model: ModelServer) -> Service:
    """The service behind `front`, with closed breakers and empty caches; its model is well behaved again."""
    for name, breaker in policies(_backend).items():
        if breaker["state"] != "closed":
            _backend.operator.post(f"{BREAKERS}/{name}/reset")
    _backend.operator.post("/internal/cache/invalidate", json={"all": True})
    return _backend


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own; what its pages complain about fails the test."""
    with browser.new_context(viewport=DESKTOP) as context:
        complaints: list[str] = []
        context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda thrown: complaints.append(str(thrown.error)))
        yield context
        assert not complaints, complaints


@pytest.fixture
def page(context: BrowserContext, front: FrontEnd, backend: Service) -> Page:
    """The front end's first page."""
    page = context.new_page()
    page.goto(front.url)
    expect(page.get_by_role("heading", name="Playground")).to_be_visible()
    return page
