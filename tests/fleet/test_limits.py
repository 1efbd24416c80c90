"""Limits belong to the caller, not to a process."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.support.service import API_KEY, Service
from tests.support.valkey import ValkeyServer, valkey_server

STATUS = "/v1/auth/status"
LIMIT = 20


def burst(services: list[Service], count: int, key: str = API_KEY) -> list[int]:
    """The statuses of so many requests at once, each on a connection of its own."""

    def one(number: int) -> int:
        url = f"{services[number % len(services)].url}{STATUS}"
        return httpx2.get(url, headers={"X-API-Key": key}, trust_env=False, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def wait_until_all_know_each_other(service: Service, count: int) -> None:
    """They learn of each other with their heartbeats. Asking costs the operator's own limit, so it is done slowly."""
    for _ in range(LIMIT // 2):
        found = service.operator.get("/internal/fleet").json()["instances"]
        if len(found) == count and min(i["last_heartbeat"] for i in found) > max(i["started"] for i in found):
            return
        time.sleep(1)
    raise AssertionError(f"not all instances have heard of each other: {found}")


@pytest.fixture
def alone() -> Iterator[ValkeyServer]:
    """A Redis without other services: each instance more makes the shares smaller."""
    with valkey_server() as server:
        yield server


def test_three_processes_on_two_machines_pass_the_limit_of_one(alone: ValkeyServer) -> None:
    settings = {
        "REDIS_URL": alone.url,
        "RATE_LIMIT_REQUESTS": str(LIMIT),
        "RATE_LIMIT_WINDOW_SECONDS": "36000",
    }
    with Service(workers=2, **settings) as one, Service(workers=1, **settings) as other:
        wait_until_all_know_each_other(other, 3)
        statuses = burst([one, other], 3 * LIMIT)
        assert (statuses.count(200), statuses.count(429)) == (LIMIT, 2 * LIMIT)
        refused = other.client.get(STATUS)
        assert refused.headers["ratelimit-policy"] == f'"default";q={LIMIT};w=36000'
        assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
        assert int(refused.headers["retry-after"]) > 0
        guesses = burst([one, other], 20, key="a-key-that-nobody-has")
        assert (guesses.count(401), guesses.count(429)) == (10, 10)
        alone.kill()
        assert burst([one, other], 3 * LIMIT).count(200) <= LIMIT
