"""The model server, and hosted models that talk to it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from app.core.settings import ModelSettings
from app.infrastructure.ai.providers import Hosted, choose
from tests.infrastructure.ai.helpers import DIALECTS, settings
from tests.support.model_server import ModelServer


@pytest.fixture(scope="session")
def _server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def server(_server: ModelServer) -> ModelServer:
    _server.reset()
    return _server


@pytest.fixture(params=DIALECTS)
def served(request: pytest.FixtureRequest, server: ModelServer) -> ModelSettings:
    """Settings that lead to the model server, in one dialect after another."""
    return settings(**getattr(server, f"{request.param}_env")())


@pytest.fixture
async def hosted(served: ModelSettings, open_hosted: Callable[[ModelSettings], Hosted]) -> Hosted:
    return open_hosted(served)


@pytest.fixture
async def open_hosted() -> AsyncIterator[Callable[[ModelSettings], Hosted]]:
    """Opens the model that settings ask for, and closes it after the test."""
    opened: list[Hosted] = []

    def open_one(settings: ModelSettings) -> Hosted:
        provider = choose(settings)[0]
        assert isinstance(provider, Hosted)
        opened.append(provider)
        return provider

    yield open_one
    for provider in opened:
        await provider.aclose()
