"""Asking the operators' rooms about resilience, and traffic for them to tell of."""

from typing import Any

import httpx2

from tests.support.traffic import ROOT, body

RESILIENCE = "/internal/resilience"
QA, SUMMARIZE = "trial.qa", "trial.summarize"
DOWN = {"status": 503, "retry_after": 0}
"""How a model fails that wants to be asked again at once."""


def read(client: httpx2.Client, path: str, **query: Any) -> Any:
    response = client.get(f"{RESILIENCE}/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def do(client: httpx2.Client, path: str, method: str = "POST", query: dict[str, Any] | None = None, **body: Any) -> Any:
    """A change or a check that is accepted."""
    response = client.request(method, f"{RESILIENCE}/{path}", params=query, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def put(client: httpx2.Client, query: dict[str, Any] | None = None, **body: Any) -> Any:
    """Change the config, with a reason."""
    return do(client, "config", "PUT", query, **{"reason": "a test"} | body)


def code(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def ask(client: httpx2.Client, operation: str = "qa", count: int = 1, **fields: Any) -> list[httpx2.Response]:
    """Calls about as many new texts."""
    return [client.post(f"{ROOT}/process", json=body(operation, **fields)) for _ in range(count)]


def force_open(client: httpx2.Client, name: str = QA, query: dict[str, Any] | None = None, seconds: int = 60) -> Any:
    return do(client, f"circuit-breakers/{name}/force-open", query=query, seconds=seconds, reason="a test")


def audits(client: httpx2.Client) -> list[dict[str, Any]]:
    """What operators did, oldest first."""
    found: list[dict[str, Any]] = read(client, "monitoring/export", stream="audit")
    return found[::-1]
