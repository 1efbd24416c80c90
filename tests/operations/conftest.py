"""A service that asks a model."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.support.live import running
from tests.support.model_server import ModelServer


@pytest.fixture(scope="session")
def _hosted(_model: ModelServer) -> Iterator[httpx2.Client]:
    # A threshold that no test reaches: what one test breaks must not pause another's calls.
    with running(
        **_model.openai_env(),
        resilience_custom_config='{"retry_attempts": 1, "circuit_breaker_threshold": 20}',
        max_batch_requests_per_call=200,
    ) as client:
        yield client


@pytest.fixture
def hosted(_hosted: httpx2.Client, model: ModelServer) -> httpx2.Client:
    """A client of a service that asks the model server."""
    return _hosted
