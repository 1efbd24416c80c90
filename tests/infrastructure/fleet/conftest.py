"""Nodes that join and leave."""

from collections.abc import AsyncIterator

import pytest

from tests.infrastructure.fleet.helpers import Nodes
from tests.support.valkey import PATIENT, ValkeyServer


@pytest.fixture
async def nodes(shared_url: str) -> AsyncIterator[Nodes]:
    """Processes of one fleet on a Redis that is well."""
    async with Nodes(shared_url, timeout=PATIENT) as nodes:
        yield nodes


@pytest.fixture
async def fragile(valkey: ValkeyServer) -> AsyncIterator[Nodes]:
    """Processes of one fleet on the Redis that the test may break."""
    async with Nodes(valkey.url, timeout=0.5, patience=2) as nodes:
        yield nodes
