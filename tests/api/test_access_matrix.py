"""Every route of both doors, called as everybody: what the page of access says is what happens, for the domains too."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from app.cli.doctor import route_decisions
from scripts.reference import access
from tests.support.doors import doors
from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY

CALLERS = (None, "a-key-that-nobody-has", API_KEY, ADMIN_KEY)
ROW = re.compile(r"^\| ([A-Z]+) \| `([^`]+)` \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE)
ROWS = ROW.findall(access(*doors().values()))


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with running(None, domains=None) as client:
        yield client


def verdict(client: httpx2.Client, method: str, path: str, key: str | None) -> str:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = client.request(method, re.sub(r"\{\w+\}", "x", path), headers=headers, follow_redirects=False)
    assert response.status_code < 500, response.text
    return str(response.status_code) if response.status_code in (401, 403, 429) else "in"


@pytest.mark.parametrize(("method", "path", "verdicts"), [(row[0], row[1], row[2:]) for row in ROWS])
def test_who_gets_in(client: httpx2.Client, method: str, path: str, verdicts: tuple[str, ...]) -> None:
    for key, expected in zip(CALLERS, verdicts, strict=True):
        # Ten wrong keys a minute are answered 401, and more of them 429.
        found = verdict(client, method, path, key)
        assert found == expected or (key == CALLERS[1] and (found, expected) == ("429", "401"))


def test_the_page_has_every_route() -> None:
    routes = [route for door in doors().values() for route in route_decisions(door)]
    assert len(ROWS) == len(routes) > 50
