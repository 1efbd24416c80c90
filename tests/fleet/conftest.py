"""One Redis, and services of several processes around it."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from redis import Redis

from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.valkey import ValkeyServer, valkey_server

Twins = tuple[Service, Service]


@pytest.fixture(scope="session")
def _valkey() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture(scope="session")
def _twins(_model: ModelServer, _valkey: ValkeyServer) -> Iterator[Twins]:
    settings = _model.gemini_env() | {"REDIS_URL": _valkey.url}
    with Service(workers=1, **settings) as one, Service(workers=1, **settings) as other:
        yield one, other


@pytest.fixture
def valkey(_valkey: ValkeyServer) -> Iterator[ValkeyServer]:
    """Well and empty at first; the test may break it."""
    _valkey.revive()
    with Redis.from_url(_valkey.url) as client:
        for key in client.scan_iter(match="gatehouse:cache:*"):
            client.unlink(key)
    yield _valkey
    _valkey.revive()


@pytest.fixture
def redis(valkey: ValkeyServer) -> Iterator[Redis]:
    with Redis.from_url(valkey.url) as client:
        yield client


@pytest.fixture
def twins(_twins: Twins, valkey: ValkeyServer) -> Twins:
    """Two instances that share a Redis and a model."""
    for service in _twins:
        asyncio.run(eventually(partial(joined, service), within=20))
    return _twins


def joined(service: Service) -> bool:
    """Whether the instance uses Redis and knows that it is not alone."""
    fleet = service.operator.get("/internal/fleet").json()
    return fleet["connected"] and len(fleet["instances"]) > 1 and l2_state(service) == "up"


def l2_state(service: Service) -> str:
    """What is thought of Redis at this moment: `up` or `down`."""
    tiers = service.operator.get("/internal/cache/status").json()["tiers"]
    return next(str(tier["state"]) for tier in tiers if tier["tier"] == "l2")
