"""The pages run by AppTest in this process, in front of a service in a process of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.support.service import ADMIN_KEY, API_KEY, ROOT, Service

BACKEND_PYTHON = str(ROOT / ".venv" / "bin" / "python")
Opened = Callable[..., AppTest]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with Service(python=BACKEND_PYTHON) as running:
        yield running


def bare_app(folder: Path) -> Path:
    """Put the app without its domains into the folder, for `Service(product=True, PYTHONPATH=...)`."""
    shutil.copytree(ROOT / "backend/app", folder / "app", ignore=shutil.ignore_patterns("__pycache__", "services"))
    (folder / "app/services").mkdir()
    (folder / "app/services/__init__.py").touch()
    return folder


def install(app: Path, domain: str) -> Path:
    """Put the tests' domain into such a folder under a name of its own; the folder of its operations."""
    folder = app / "app/services" / domain
    shutil.copytree(ROOT / "tests/support/domains/trial", folder, ignore=shutil.ignore_patterns("__pycache__"))
    named = (folder / "__init__.py").read_text(encoding="utf-8").replace('"trial"', f'"{domain}"')
    (folder / "__init__.py").write_text(named, encoding="utf-8")
    return folder / "operations"


@pytest.fixture
def opened(service: Service, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """`opened("batch")` is that page as it is first shown; names in capitals are the front end's environment."""
    st.cache_data.clear()

    def open_page(name: str = "playground", **settings: str) -> AppTest:
        keys = {"API_URL": service.url, "API_KEY": API_KEY, "ADMIN_API_KEY": ADMIN_KEY}
        for variable, value in (keys | settings).items():
            monkeypatch.setenv(variable, value)
        page = AppTest.from_file(str(ROOT / "frontend" / "app.py"), default_timeout=30).run()
        if name != "playground":
            page.switch_page(f"views/{name}.py").run()
        assert not page.exception
        return page

    return open_page
