"""Clients that send too much, too slowly or not at all, over raw sockets."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.core.domain import Domain
from app.deps import JsonRoute, Open, TextUser
from app.main import create_app
from tests.support.eventually import eventually
from tests.support.live import client_of, running
from tests.support.plain import plain_settings
from tests.support.service import API_KEY

AUTHORIZED = f"Authorization: Bearer {API_KEY}\r\n"
JSON_HEAD = f"POST /v1/trial/process HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: application/json\r\n"
STATUS = "/v1/auth/status"
SOON = {"header_timeout_seconds": 0.3, "body_timeout_seconds": 0.3}


@pytest.fixture(scope="module")
def hasty() -> Iterator[httpx2.Client]:
    """A service that waits for nobody."""
    with running(**SOON) as client:
        yield client


def connect(client: httpx2.Client) -> socket.socket:
    address = urlsplit(str(client.base_url))
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=10)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    came = b""
    try:
        while piece := connection.recv(65_536):
            came += piece
    except ConnectionResetError:
        pass
    return came


def refusal(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nx-request-id: " in head
    assert b"\r\nconnection: close" in head
    return int(head.split()[1]), json.loads(body)["error"]["code"]


def test_who_says_nothing_is_let_go(hasty: httpx2.Client) -> None:
    with connect(hasty) as connection:
        assert rest(connection) == b""


@pytest.mark.parametrize("begun", ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA: "])
def test_a_head_that_does_not_end_is_a_408(hasty: httpx2.Client, begun: str) -> None:
    with connect(hasty) as connection:
        connection.sendall(begun.encode())
        assert refusal(rest(connection)) == (408, "request_timeout")


def test_blank_lines_do_not_keep_a_connection(hasty: httpx2.Client) -> None:
    with connect(hasty) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.sendall(b"\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 200")


def test_trickling_does_not_help(hasty: httpx2.Client) -> None:
    with connect(hasty) as connection:
        ended = threading.Event()

        def trickle() -> None:
            try:
                for letter in b"GET / HTTP/1.1\r\nX: " + b"y" * 10_000:
                    connection.sendall(bytes([letter]))
                    if ended.wait(0.02):
                        return
            except OSError:
                return

        thread = threading.Thread(target=trickle)
        thread.start()
        answer = rest(connection)
        ended.set()
        thread.join()
    assert refusal(answer) == (408, "request_timeout") or answer == b""


@pytest.mark.parametrize("body", ["", '{"operation": '])
def test_a_body_that_does_not_end_is_a_408(hasty: httpx2.Client, body: str) -> None:
    with connect(hasty) as connection:
        connection.sendall(f"{JSON_HEAD}Content-Length: 100\r\n\r\n{body}".encode())
        assert refusal(rest(connection)) == (408, "request_timeout")


def test_a_slow_request_that_ends_in_time_is_answered() -> None:
    with running(header_timeout_seconds=300, body_timeout_seconds=300) as client, connect(client) as connection:
        request = f"{JSON_HEAD}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
        for begin in range(0, len(request), 7):
            connection.sendall(request[begin : begin + 7])
        assert rest(connection).startswith(b"HTTP/1.1 422")


@pytest.mark.parametrize("pieces", [1, 40])
@pytest.mark.parametrize(
    "head",
    [
        "GET /livez HTTP/1.1\r\nHost: x\r\nX-API-Key: {}\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        "GET /livez?{} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\n{}: y\r\n\r\n",
    ],
    ids=["key", "bearer", "url", "name"],
)
def test_a_head_over_32_kb_is_a_431_without_echo(hasty: httpx2.Client, head: str, pieces: int) -> None:
    request = head.format("swordfish" * 12_000).encode()
    with connect(hasty) as connection:
        try:
            for number in range(pieces):
                step = len(request) // pieces + 1
                connection.sendall(request[number * step : (number + 1) * step])
        except OSError:
            pass
        answer = rest(connection)
    assert b"swordfish" not in answer
    assert answer == b"" or refusal(answer) == (431, "headers_too_large")


def test_many_small_headers_count_together(hasty: httpx2.Client) -> None:
    lines = "".join(f"X-{number}: {'y' * 90}\r\n" for number in range(400))
    with connect(hasty) as connection:
        connection.sendall(f"GET /livez HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        assert refusal(rest(connection)) == (431, "headers_too_large")


def test_a_head_just_below_the_bound_is_read(hasty: httpx2.Client) -> None:
    headers = {"X-Large": "y" * 32_000}
    for _ in range(3):
        assert hasty.get("/livez", headers=headers).status_code == 200


def test_a_large_body_in_the_same_breath_is_no_large_head(hasty: httpx2.Client) -> None:
    body = b'{"operation": "summarize", "text": "%b"}' % (b"tea " * 50_000)
    with connect(hasty) as connection:
        connection.sendall(f"{JSON_HEAD}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert rest(connection).startswith(b"HTTP/1.1 422")


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
    ids=["words", "colon", "version", "lengths", "negative", "smuggling", "bytes", "tls"],
)
def test_what_is_not_http_gets_the_usual_envelope(hasty: httpx2.Client, request_: bytes) -> None:
    with connect(hasty) as connection:
        connection.sendall(request_)
        status, code = refusal(rest(connection))
    assert (status, code) == (400, "bad_request")


@pytest.mark.parametrize(
    "head",
    [
        "POST /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
        "POST /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
        "CONNECT livez:443 HTTP/1.1\r\nHost: x\r\n",
    ],
    ids=["websocket", "h2c", "connect"],
)
def test_who_asks_for_another_protocol_gets_one_refusal_and_the_body_is_no_request(
    hasty: httpx2.Client, head: str
) -> None:
    body = f"GET {STATUS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}\r\n"
    with connect(hasty) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        answer = connection.recv(65_536)
        with suppress(OSError):
            connection.sendall(body.encode())
        answer += rest(connection)
    assert refusal(answer) == (400, "bad_request")
    assert answer.count(b"\r\n\r\n") == 1


@pytest.fixture(scope="module")
def patient() -> Iterator[httpx2.Client]:
    """A service that lets nobody go."""
    with running(header_timeout_seconds=300, body_timeout_seconds=300) as client:
        yield client


def asked_for_chunks(client: httpx2.Client) -> socket.socket:
    """A connection on which the service waits for the chunks of a body."""
    connection = connect(client)
    connection.sendall(f"{JSON_HEAD}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return connection


@pytest.mark.parametrize("trailer", ["X-Request-ID: tea\r\n", AUTHORIZED, "a:b\r\n" * 4000], ids=["id", "key", "many"])
def test_trailers_are_refused(patient: httpx2.Client, trailer: str) -> None:
    with asked_for_chunks(patient) as connection:
        connection.sendall(f"2\r\n{{}}\r\n0\r\n{trailer}\r\n".encode())
        assert refusal(rest(connection)) == (400, "bad_request")


@pytest.mark.parametrize("begun", ["2;tea=", "0\r\nX: ", "0\r\n"], ids=["extension", "value", "name"])
def test_a_body_of_which_nothing_comes_is_refused_after_64_kb(patient: httpx2.Client, begun: str) -> None:
    with asked_for_chunks(patient) as connection:
        connection.sendall(begun.encode() + b"y" * 65_536)
        assert refusal(rest(connection)) == (400, "bad_request")


def test_a_body_in_the_tiniest_chunks_is_refused(patient: httpx2.Client) -> None:
    with asked_for_chunks(patient) as connection:
        connection.sendall(b"1\r\n \r\n" * 20_000)
        assert refusal(rest(connection)) == (400, "bad_request")


def test_a_body_in_small_chunks_is_read(patient: httpx2.Client) -> None:
    with asked_for_chunks(patient) as connection:
        connection.sendall(b"8\r\n        \r\n" * 20_000 + b"2\r\n{}\r\n0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 422"


def test_who_has_an_answer_already_gets_no_second_one(patient: httpx2.Client) -> None:
    with connect(patient) as connection:
        connection.sendall(b"POST /v1/trial/process HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
        connection.sendall(b"0\r\na: b\r\n\r\n")
        assert rest(connection) == b""


def test_refused_connections_are_counted() -> None:
    with running("test-operator-5d0h2v8c", **SOON) as client:
        with connect(client) as connection:
            connection.sendall(b"GET")
            rest(connection)
        metrics = client.get("/internal/metrics").text
    assert 'connections_refused_total{code="request_timeout"} 1.0' in metrics


def test_a_normal_client_is_served_beside_many_slow_ones() -> None:
    with running(header_timeout_seconds=300) as client:
        slow = [connect(client) for _ in range(200)]
        for one in slow:
            one.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        for _ in range(20):
            assert client.get("/livez").status_code == 200
            assert client.get(STATUS).status_code == 200
        for one in slow:
            one.close()


class Work:
    def __init__(self) -> None:
        self.began, self.cancelled = threading.Event(), threading.Event()

    def domain(self) -> Domain:
        router = APIRouter(prefix="/v1/kitchen", tags=["kitchen"], route_class=JsonRoute)

        @router.post("/cook")
        async def cook(body: dict[str, int], visitor: TextUser) -> None:
            self.began.set()
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise

        @router.get("/feast")
        async def feast(resources: Open) -> StreamingResponse:
            return StreamingResponse(self._courses())

        return Domain("kitchen", router)

    async def _courses(self) -> AsyncIterator[bytes]:
        self.began.set()
        try:
            while True:
                yield b"cake" * 65_536
                await asyncio.sleep(0)
        finally:
            self.cancelled.set()


async def cooking(client: httpx2.Client, work: Work) -> socket.socket:
    """A connection whose request is at work and does not end."""
    connection = connect(client)
    head = f"POST /v1/kitchen/cook HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
    await eventually(work.began.is_set)
    return connection


async def test_work_that_nobody_waits_for_is_cancelled_and_its_place_is_free() -> None:
    work = Work()
    app = create_app(plain_settings(max_concurrent_requests=1, max_queued_requests=0), domains=[work.domain()])
    with client_of(app) as client:
        with await cooking(client, work):
            full = client.get(STATUS)
            assert (full.status_code, full.json()["error"]["code"]) == (503, "overloaded")
            assert int(full.headers["retry-after"]) >= 1
            for path in ("/livez", "/readyz", "/v1/health"):
                assert client.get(path).status_code == 200
            assert not work.cancelled.is_set()
        await eventually(work.cancelled.is_set)
        await eventually(lambda: client.get(STATUS).status_code == 200)


async def test_as_many_wait_as_set_and_as_long() -> None:
    work = Work()
    settings = plain_settings(max_concurrent_requests=1, max_queued_requests=1, queue_timeout_seconds=300)
    with client_of(create_app(settings, domains=[work.domain()])) as client, connect(client) as waiting:
        with await cooking(client, work):
            waiting.sendall(f"GET {STATUS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}\r\n".encode())
            await eventually(lambda: client.get(STATUS).status_code == 503)
        assert await asyncio.to_thread(waiting.recv, 12) == b"HTTP/1.1 200"
    work = Work()
    hasty = settings.model_copy(update={"queue_timeout_seconds": 0.05})
    with client_of(create_app(hasty, domains=[work.domain()])) as client, await cooking(client, work):
        assert client.get(STATUS).json()["error"]["code"] == "overloaded"


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    work = Work()
    app = create_app(plain_settings(**SOON), domains=[work.domain()])
    with client_of(app) as client, connect(client) as connection:
        connection.sendall(b"GET /v1/kitchen/feast HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually(work.cancelled.is_set)
        assert work.began.is_set()
