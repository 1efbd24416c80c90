"""The proxy of production before two replicas: what it lets through, and what it never does."""

import asyncio
import json
import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2
import pytest

from app.api import v1
from app.core.errors import named
from tests.api.test_paths import LISTING, SPELLINGS
from tests.deploy.proxy import CONFIGURATION, GATEWAY, Names, proxy
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.plain import plain_settings
from tests.support.ports import free_port
from tests.support.service import ADMIN_KEY, API_KEY, Service
from tests.support.traffic import ROOT, body, events

ADDRESSES = ["127.0.0.1", "127.0.0.2"]
GUARDS = {
    b"x-content-type-options: nosniff",
    b"referrer-policy: no-referrer",
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'",
}
MORE_SPELLINGS = (
    "/internal/../v1/health/../../internal/fleet",
    "/internal/../v1/health",
    "/%69nternal/..%2fv1/health",
    "/internal/%2e%2e/v1/health",
    "/v1/..%2finternal%2ffleet",
    "/v1/..%2f..%2finternal/fleet",
    "/V1/../internal/fleet",
    "/health/../internal/fleet",
    "/v1%2f..%2finternal/fleet",
    "/.internal/fleet",
    "/internal/fleet/.",
    "///internal///fleet",
)


def replica(address: str, port: int, **settings: str) -> Service:
    """A development server, in which the operators' rooms are on the public port: only the proxy hides them."""
    service = Service(BACKEND_HOST=address, BACKEND_PORT=str(port), FORWARDED_ALLOW_IPS="127.0.0.1", **settings)
    service.port, service.url = port, f"http://{address}:{port}"
    return service


@pytest.fixture(scope="module")
def replicas(_model: ModelServer) -> Iterator[list[Service]]:
    port = free_port()
    with ExitStack() as stack:
        yield [stack.enter_context(replica(address, port, **_model.openai_env())) for address in ADDRESSES]


@pytest.fixture(scope="module")
def door(replicas: list[Service]) -> Iterator[tuple[str, Names]]:
    with proxy(ADDRESSES, replicas[0].port) as started:
        yield started


@pytest.fixture
def url(door: tuple[str, Names], model: ModelServer) -> str:
    """The proxy's, with a model that behaves."""
    return door[0]


def client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"X-API-Key": API_KEY}, timeout=30, trust_env=False)


def ask(url: str, target: str) -> bytes:
    """The whole answer to an operator's request whose target is sent as it is written."""
    return sent(url, f"GET {target}")


def sent(url: str, begun: str) -> bytes:
    """The whole answer to an operator's request that begins like this."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        head = f"{begun} HTTP/1.1\r\nHost: x\r\nX-API-Key: {ADMIN_KEY}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


class Seen:
    """What the replicas have logged since this was made."""

    def __init__(self, replicas: list[Service]) -> None:
        self._before = [(service, len(service.output())) for service in replicas]

    def __contains__(self, words: str) -> bool:
        return any(words in service.output()[length:].replace(" ", "") for service, length in self._before)


@pytest.mark.parametrize("target", [*SPELLINGS, *MORE_SPELLINGS])
def test_no_spelling_reaches_the_operators_rooms(url: str, target: str, replicas: list[Service]) -> None:
    seen = Seen(replicas)
    answer = ask(url, target)
    assert answer.split()[1] in (b"400", b"404")
    assert LISTING not in answer
    assert '"path":"/internal' not in seen


@pytest.mark.parametrize("target", ["/v1/../internal/fleet", "/v1/%2e%2e/internal/fleet", "/v1/..%2finternal%2ffleet"])
def test_a_path_that_leads_out_of_the_public_door_does_not_leave_the_proxy(
    url: str, target: str, replicas: list[Service]
) -> None:
    seen = Seen(replicas)
    assert ask(url, target).split()[1] == b"404"
    assert "internal" not in seen


def test_the_same_request_gets_in_when_the_proxy_is_left_out(replicas: list[Service]) -> None:
    seen = Seen(replicas)
    assert LISTING in ask(replicas[0].url, "/internal/fleet")
    assert '"path":"/internal/fleet"' in seen


def test_every_route_of_the_public_door_passes(url: str, replicas: list[Service]) -> None:
    of_domains = replicas[0].anonymous.get("/openapi.json").json()["paths"]
    of_the_house = {getattr(route, "path", "/") for route in v1.build(plain_settings(), []).routes}
    assert {f"{ROOT}/process", "/livez"} <= of_domains.keys() | of_the_house
    with client(url) as caller:
        for path in of_domains.keys() | of_the_house:
            answer = caller.get(re.sub("{.*}", "b-1", path), headers={"X-API-Key": ""})
            assert answer.status_code != 404, f"{path} was answered by the proxy"


def asking(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, headers={"X-API-Key": API_KEY}, timeout=30, trust_env=False)


async def test_the_first_event_of_a_stream_arrives_while_the_second_is_held(url: str, model: ModelServer) -> None:
    model.behave(chunks=2, stall_after=1)
    gzip = {"Accept-Encoding": "gzip"}
    async with (
        asking(url) as caller,
        caller.stream("POST", f"{ROOT}/stream", json=body(), headers=gzip) as response,
    ):
        assert response.status_code == 200
        assert "content-encoding" not in response.headers
        async for line in response.aiter_lines():
            if line == "event: delta":
                break
        assert [call["ended"] for call in model.calls()] == [None]
    await eventually(lambda: [call["disconnected"] for call in model.calls()] == [True])


def test_a_stream_passes_whole(url: str) -> None:
    with client(url) as caller:
        answer = caller.post(f"{ROOT}/stream", json=body())
    names = [event.name for event in events(answer.text.split("\n"))]
    assert (names[0], names[-1]) == ("start", "done")


async def test_a_caller_who_leaves_stops_the_call_to_the_model(url: str, model: ModelServer) -> None:
    model.behave(stall_after=0)
    async with asking(url) as caller:
        request = asyncio.create_task(caller.post(f"{ROOT}/process", json=body()))
        await eventually(lambda: len(model.calls()) == 1)
        request.cancel()
        await eventually(lambda: model.calls()[0]["disconnected"])


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_over_the_bound_is_refused_before_a_replica_sees_it(
    url: str, streamed: bool, replicas: list[Service]
) -> None:
    seen = Seen(replicas)
    whole = b" " * (1_048_576 + 1)
    with client(url) as caller:
        answer = caller.post(f"{ROOT}/process", content=iter([whole]) if streamed else whole)
        assert answer.status_code == 413
        assert enveloped(answer) == "payload_too_large"
        assert '"status":413' not in seen
        fits = body(text="x" * 1_000_000)
        assert caller.post(f"{ROOT}/process", json=fits).status_code == 422


@pytest.mark.parametrize(
    ("begun", "status", "code"),
    [
        ("GET /internal/fleet", b"404", b"not_found"),
        (f"GET /{'x' * 40_000}", b"431", b"headers_too_large"),
        ("GET /%zz", b"400", b"bad_request"),
        ("TRACE /v1/health", b"405", b"method_not_allowed"),
        ("CONNECT /v1/health", b"405", b"method_not_allowed"),
        ("POST /v1/health HTTP/1.1\r\nTransfer-Encoding: tea\r\nX:", b"400", b"bad_request"),
    ],
    ids=["path", "long", "escape", "trace", "connect", "coding"],
)
def test_what_the_proxy_refuses_itself_has_the_envelope_and_an_id(
    url: str, begun: str, status: bytes, code: bytes
) -> None:
    head, _, said = sent(url, begun).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    error = json.loads(said)["error"]
    assert error["code"].encode() == code
    lines = set(head.lower().split(b"\r\n"))
    assert f"x-request-id: {error['request_id']}".encode() in lines
    assert {b"content-type: application/json", *GUARDS} <= lines
    assert b"server: nginx" in lines
    assert error.keys() == {"code", "message", "type", "param", "request_id", "retryable"}


def test_its_refusals_are_those_of_the_service() -> None:
    rows = re.findall(r"^ +(\d{3}|default) '(\"code\".*)';$", CONFIGURATION.read_text(), re.MULTILINE)
    assert len(rows) > 5
    for status, fields in rows:
        said = json.loads(f"{{{fields}}}")
        error = named(said["code"])
        assert said["code"] == error.code()
        assert (str(error.status), error.type, error.retryable) == (
            status.replace("default", "500"),
            said["type"],
            said["retryable"],
        )


def enveloped(answer: httpx2.Response) -> str:
    error = answer.json()["error"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    code: str = error["code"]
    return code


@pytest.mark.parametrize("path", ["/livez", "/internal/fleet"], ids=["passed on", "refused"])
def test_request_ids_pass_and_bad_ones_are_replaced(url: str, path: str) -> None:
    with client(url) as caller:
        assert caller.get(path, headers={"X-Request-ID": "tea-1.2_3"}).headers["X-Request-ID"] == "tea-1.2_3"
        assert re.fullmatch("[0-9a-f]{32}", caller.get(path).headers["X-Request-ID"])
        for bad in ("tea 1", "x" * 129, '"}'):
            assert re.fullmatch("[0-9a-f]{32}", caller.get(path, headers={"X-Request-ID": bad}).headers["X-Request-ID"])


def test_no_header_comes_twice_and_pages_are_compressed(url: str) -> None:
    with client(url) as caller:
        answers = [caller.get("/v1/health"), caller.get("/internal/"), caller.post(f"{ROOT}/process", json=body())]
        for answer in answers:
            assert max(Counter(name.lower() for name, _ in answer.headers.multi_items()).values()) == 1
        assert answers[-1].status_code == 200
        assert caller.get("/openapi.json").headers["Content-Encoding"] == "gzip"


def guesses(url: str, address: str) -> list[int]:
    """Twelve wrong keys from that address, each with another claim about where it comes from."""
    with from_address(url, address) as caller:
        claims = ({"X-API-Key": f"guess-number-{n}", "X-Forwarded-For": f"10.1.1.{n}"} for n in range(12))
        return [caller.get("/v1/auth/status", headers=claim).status_code for claim in claims]


def from_address(url: str, address: str) -> httpx2.Client:
    transport = httpx2.HTTPTransport(local_address=address)
    return httpx2.Client(base_url=url, transport=transport, timeout=30, trust_env=False)


def test_callers_are_told_apart_by_their_own_address_and_not_by_what_they_claim() -> None:
    with replica(ADDRESSES[0], free_port()) as service, proxy(ADDRESSES[:1], service.port) as (url, _):
        assert guesses(url, "127.0.0.3") == [401] * 10 + [429] * 2
        assert guesses(url, "127.0.0.4")[0] == 401
        assert guesses(url, GATEWAY) == [401] * 12


@pytest.mark.parametrize(("address", "believed"), [("127.0.0.3", False), (GATEWAY, True)])
def test_what_ends_tls_is_believed_and_callers_are_not(url: str, address: str, believed: bool) -> None:
    with from_address(url, address) as caller:
        answer = caller.get("/v1/health", headers={"X-Forwarded-Proto": "https"})
    assert ("strict-transport-security" in answer.headers) is believed


def test_who_would_rather_speak_http_2_is_served(url: str) -> None:
    with client(url) as caller:
        asked = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
        assert caller.post(f"{ROOT}/process", json=body("summarize"), headers=asked).status_code == 200


def test_answers_go_on_when_a_replica_is_killed() -> None:
    port = free_port()
    with (
        replica(ADDRESSES[0], port) as left,
        replica(ADDRESSES[1], port) as killed,
        proxy(ADDRESSES, port) as (url, _),
        client(url) as caller,
    ):
        assert {caller.post(f"{ROOT}/process", json=body("summarize")).status_code for _ in range(30)} == {200}
        assert all(f"{ROOT}/process" in service.output() for service in (left, killed))
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        assert {caller.post(f"{ROOT}/process", json=body("summarize")).status_code for _ in range(30)} == {200}
        os.killpg(left.process.pid, signal.SIGKILL)
        left.process.wait()
        answer = caller.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert enveloped(answer) == "overloaded"


def test_a_new_replica_is_found_without_a_restart(replicas: list[Service], door: tuple[str, Names]) -> None:
    url, names = door
    with client(url) as caller:
        names.addresses = []
        deadline = time.monotonic() + 10
        while caller.get("/livez").status_code == 200:
            assert time.monotonic() < deadline
        names.addresses = ADDRESSES
        while caller.get("/livez").status_code != 200:
            assert time.monotonic() < deadline
