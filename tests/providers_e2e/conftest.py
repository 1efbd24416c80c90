"""Services in front of a model server that misbehaves on command."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.support.model_server import ModelServer
from tests.support.service import Service

Serve = Callable[..., Service]

CUSTOM = {
    "RESILIENCE_CUSTOM_CONFIG": json.dumps(
        {
            "retry_attempts": 4,
            "circuit_breaker_threshold": 6,
            "operation_overrides": {"qa": "critical", "sentiment": "aggressive"},
        }
    )
}


@pytest.fixture(scope="session")
def _services(_model: ModelServer) -> Iterator[Serve]:
    with ExitStack() as stack:

        @cache
        def start(dialect: str, **settings: str) -> Service:
            environment = getattr(_model, f"{dialect}_env")()
            return stack.enter_context(Service(**environment | settings))

        yield start


@pytest.fixture
def serve(model: ModelServer, _services: Serve) -> Serve:
    """`serve(NAME="value")`: a service with closed breakers; tests that want the same settings share one."""

    def serve(dialect: str = "gemini", **settings: str) -> Service:
        service = _services(dialect, **settings)
        for name in service.operator.get("/internal/resilience/circuit-breakers").json()["policies"]:
            service.operator.post(f"/internal/resilience/circuit-breakers/{name}/reset")
        return service

    return serve


@pytest.fixture
def service(serve: Serve) -> Service:
    """The service as it is by default, in front of the model server."""
    return serve()
