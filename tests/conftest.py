"""Fixtures that every floor of the tests shares."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import canaries
from tests.support.model_server import ModelServer
from tests.support.service import Service


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """`python -m app serve` with nothing but keys: development, offline, memory."""
    with Service() as running_service:
        yield running_service


@pytest.fixture(scope="session")
def _model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(_model: ModelServer) -> ModelServer:
    """A model provider, well behaved again for each test."""
    _model.reset()
    return _model


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that hands out the tests what this one has searched."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["canaries"] = dict(canaries.searched)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    canaries.searched.update(Counter(getattr(node, "workeroutput", {}).get("canaries", {})))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if canaries.searched:
        terminalreporter.write_line(canaries.summary(canaries.searched))
