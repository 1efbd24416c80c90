"""The product, as examples meet it."""

from collections.abc import Iterator

import pytest

from tests.support.model_server import ModelServer
from tests.support.service import Service


@pytest.fixture(scope="session")
def product() -> Iterator[Service]:
    """Offline."""
    with Service(product=True) as service:
        yield service


@pytest.fixture(scope="session")
def hosted_product(_model: ModelServer) -> Iterator[Service]:
    """With a model that a test may command through the fixture `model`; one try for each call."""
    once = '{"retry_attempts": 1}'
    with Service(product=True, AI_IDLE_TIMEOUT="1", RESILIENCE_CUSTOM_CONFIG=once, **_model.openai_env()) as service:
        yield service
