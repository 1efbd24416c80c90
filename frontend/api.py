"""The HTTP API of the service. Nothing else in the front end speaks HTTP."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import streamlit as st

TIMEOUT = httpx2.Timeout(300, connect=3)
"""Seconds. The service bounds its own calls of a model; a batch of many waits for all of them."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    data: Any
    seconds: float


@dataclass(frozen=True)
class Event:
    """A server-sent event of a stream."""

    name: str
    data: Any


class Refused(Exception):
    """The service said no, in its envelope's words."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.request_id, self.retry_after = request_id, retry_after


class Unreachable(Exception):
    """Nothing answers at that address, and has not since then (UTC)."""

    def __init__(self, url: str, since: datetime) -> None:
        super().__init__(f"{url} has not answered since {since:%H:%M:%S} UTC")
        self.url, self.since = url, since


@dataclass(frozen=True)
class Line:
    """What all sessions of the process share: connections, and since when an address does not answer."""

    client: httpx2.Client
    lost: dict[str, datetime] = field(default_factory=dict)


@st.cache_resource
def line() -> Line:
    # Proxies named in the environment are for the world outside; the service is beside us and gets our key.
    return Line(httpx2.Client(timeout=TIMEOUT, trust_env=False))


class Api:
    """One door of the service, asked with one key. Every method raises Refused or Unreachable."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url, self.key = url.rstrip("/"), key

    def get(self, path: str, **params: Any) -> Reply:
        return self._send("GET", path, params=params)

    def post(self, path: str, json: Any) -> Reply:
        return self._send("POST", path, json=json)

    def put(self, path: str, json: Any) -> Reply:
        return self._send("PUT", path, json=json)

    def stream(self, path: str, json: Any) -> Iterator[Event]:
        """The events of a stream as they come; an `error` event and a stream cut short are raised."""
        with (
            self._watched(),
            line().client.sse(self.url + path, method="POST", json=json, headers=self._headers()) as source,
        ):
            if source.response.status_code != 200 or _type(source.response) != "text/event-stream":
                source.response.read()
                raise refusal(source.response)
            for one in source:
                event = Event(one.event, one.json())
                if event.name == "error":
                    raise _from_envelope(source.response, event.data)
                yield event
                if event.name == "done":
                    return
        raise Refused(502, "stream_cut", "The stream ended before the answer was complete. Try again.")

    def _send(self, method: str, path: str, **content: Any) -> Reply:
        began = time.perf_counter()
        with self._watched():
            response = line().client.request(method, self.url + path, headers=self._headers(), **content)
        if not response.is_success or _type(response) == "text/html":
            raise refusal(response)
        data = response.json() if _type(response) == "application/json" else response.text
        return Reply(response.status_code, response.headers, data, time.perf_counter() - began)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    @contextmanager
    def _watched(self) -> Iterator[None]:
        lost = line().lost
        try:
            yield
        except httpx2.TransportError as error:
            raise Unreachable(self.url, lost.setdefault(self.url, datetime.now(UTC))) from error
        except Refused:
            lost.pop(self.url, None)
            raise
        lost.pop(self.url, None)


def refusal(response: httpx2.Response) -> Refused:
    """What a response says that is no answer."""
    try:
        return _from_envelope(response, response.json())
    except (ValueError, KeyError, TypeError):
        message = f"{response.url.host} answered {response.status_code} as this API never would. Is the address right?"
        return Refused(response.status_code, "no_envelope", message, response.headers.get("x-request-id"))


def _type(response: httpx2.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip()


def _from_envelope(response: httpx2.Response, body: Any) -> Refused:
    error = body["error"]
    wait = response.headers.get("retry-after")
    return Refused(
        response.status_code, error["code"], error["message"], error["request_id"], float(wait) if wait else None
    )
