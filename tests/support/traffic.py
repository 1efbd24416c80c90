"""Requests to a service, one or many at once, and what can be read from its answers."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from httpx2 import AsyncClient, Response
from prometheus_client.parser import text_string_to_metric_families

from tests.support.canaries import ASKED
from tests.support.service import API_KEY, Service

ROOT = "/v1/trial"
Body = dict[str, Any]


def new_text() -> str:
    """A text that no cache has seen."""
    return f"Guest {secrets.token_hex(6)} said that tea was late again. Nobody minded, because the cake was excellent."


def body(operation: str = "qa", text: str | None = None, **fields: Any) -> Body:
    """A request that is complete for its operation, about a new text unless one is given."""
    asked = {"question": ASKED} if operation == "qa" else {}
    return {"operation": operation, "text": text or new_text(), **asked, **fields}


def post(service: Service, request: Body, path: str = "process") -> Response:
    return service.client.post(f"{ROOT}/{path}", json=request)


@asynccontextmanager
async def connection(service: Service) -> AsyncIterator[AsyncClient]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with AsyncClient(base_url=service.url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


async def at_once(services: Sequence[Service], requests: Sequence[Body], path: str = "process") -> list[Response]:
    """The answers to all requests, sent together, each over a connection of its own, to the services in turn."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(connection(services[index % len(services)]))
            for index in range(len(requests))
        ]
        sent = zip(clients, requests, strict=True)
        return await asyncio.gather(*(client.post(f"{ROOT}/{path}", json=request) for client, request in sent))


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    id: int
    data: dict[str, Any]


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The server-sent events in the lines of a response."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))
            fields = {}


def streamed(service: Service, request: Body) -> list[Event]:
    """Every event of a stream that is read to its end."""
    response = post(service, request, "stream")
    assert response.status_code == 200, response.text
    return list(events(response.text.split("\n")))


def said(stream: Iterable[Event]) -> str:
    return "".join(event.data["text"] for event in stream if event.name == "delta")


def metric(service: Service, name: str, **labels: str) -> float:
    """The sum of the samples of that name that carry the labels."""
    text = service.operator.get("/internal/metrics").text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


def breaker(service: Service, operation: str) -> dict[str, Any]:
    """What operators read about the breaker of an operation: its `state`, and its counts over the fleet."""
    found = service.operator.get(f"/internal/resilience/circuit-breakers/trial.{operation}")
    assert found.status_code == 200, found.text
    report = found.json()
    return {"state": report["state"], **report["total"]}
