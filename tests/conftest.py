"""Fixtures that every floor of the tests shares."""

from collections.abc import Iterator

import pytest

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
