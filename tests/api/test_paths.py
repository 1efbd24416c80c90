"""No spelling of a path reaches the operators' rooms without their key."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from app.main import create_internal_app
from tests.support.live import client_of, running
from tests.support.plain import plain_settings
from tests.support.service import ADMIN_KEY, API_KEY

SPELLINGS = (
    "/internal/fleet",
    "//internal/fleet",
    "/%69nternal/fleet",
    "/internal%2ffleet",
    "/internal%2Ffleet",
    "/%2finternal/fleet",
    "/internal//fleet",
    "/internal/./fleet",
    "/internal/../internal/fleet",
    "/v1/../internal/fleet",
    "/v1/..;/internal/fleet",
    "/internal;/fleet",
    "/internal/fleet;x=1",
    "/INTERNAL/fleet",
    "/Internal/Fleet",
    "/internal/fleet/",
    "/internal/fleet.",
    "/internal./fleet",
    "\\internal\\fleet",
    "/\\internal/fleet",
    "/internal\\fleet",
    "/internal%5cfleet",
    "/internal/fleet%00",
    "/internal%00/fleet",
    "/%00/internal/fleet",
    "/internal/fleet%20",
    "/internal/fleet%0a",
    "/internal/fleet?",
    "/internal/fleet#",
    "/%2569nternal/fleet",
    "/%c0%afinternal/fleet",
    "/v1/%2e%2e/internal/fleet",
    "/v1/%252e%252e/internal/fleet",
    "/ｉnternal/fleet",
    "http://elsewhere/internal/fleet",
    "*",
)
LISTING = b'"instances"'


@pytest.fixture(scope="module", params=["public door", "operators' door", "production"])
def door(request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    match request.param:
        case "public door":
            with running(None) as client:
                yield client
        case "production":
            with running(None, environment="production") as client:
                yield client
        case _:
            with client_of(create_internal_app(plain_settings()), None) as client:
                yield client


def ask(door: httpx2.Client, target: str, key: str | None) -> tuple[int, bytes]:
    """Status and all the rest of the answer, for a request target sent as it is written."""
    address = urlsplit(str(door.base_url))
    authorized = f"Authorization: Bearer {key}\r\n" if key else ""
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\n{authorized}Connection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    return int(answer.split()[1]), answer


@pytest.mark.parametrize("key", [None, API_KEY], ids=["nobody", "client"])
@pytest.mark.parametrize("target", SPELLINGS)
def test_no_spelling_gets_in_without_the_scope(door: httpx2.Client, target: str, key: str | None) -> None:
    status, answer = ask(door, target, key)
    assert status in (400, 401, 403, 404)
    assert LISTING not in answer


@pytest.mark.parametrize("target", SPELLINGS)
def test_a_listener_without_the_operators_door_has_no_way_to_it(target: str) -> None:
    with running(None, environment="production") as client:
        status, answer = ask(client, target, ADMIN_KEY)
    assert status in (400, 404)
    assert LISTING not in answer


def test_the_plain_spelling_gets_in_with_the_scope() -> None:
    with running(None) as client:
        status, answer = ask(client, "/internal/fleet", ADMIN_KEY)
    assert status == 200
    assert LISTING in answer


@pytest.mark.parametrize(
    "target", ["/health", "//health", "//elsewhere.example.org/health", "/health?next=//elsewhere"]
)
def test_redirects_stay_here(door: httpx2.Client, target: str) -> None:
    status, answer = ask(door, target, None)
    assert status in (307, 404)
    locations = [line for line in answer.split(b"\r\n") if line.lower().startswith(b"location:")]
    assert locations in ([], [b"location: /v1/health"])
