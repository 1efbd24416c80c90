"""Bodies that cannot be read, are too large or do not validate."""

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest

from tests.api.test_errors import error_of
from tests.support.service import API_KEY, TEXT, Service

PROCESS = "/v1/trial/process"
JSON = {"Content-Type": "application/json"}
LARGE = 1_048_576


def post(service: Service, body: bytes | Iterator[bytes], **headers: str) -> httpx2.Response:
    return service.client.post(PROCESS, content=body, headers=JSON | headers)


GOOD = json.dumps({"operation": "summarize", "text": TEXT}).encode()


NOT_JSON = {
    "empty": b"",
    "cut": b"{",
    "words": b"not json",
    "quotes": b"{'operation': 'summarize'}",
    "tail": GOOD + b"x",
    "byte": b"\xff" + GOOD,
    "bom": b"\xef\xbb\xbf" + GOOD,
    "utf-16": GOOD.decode().encode("utf-16"),
    "latin-1": b'{"operation": "summarize", "text": "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"}',
    "deep-open": b"[" * 100_000,
    "deep-closed": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "utf-16-le": GOOD.decode().encode("utf-16-le"),
    "utf-32": GOOD.decode().encode("utf-32"),
    "nul": GOOD.replace(b"Tea", b"\x00Tea"),
    "surrogate": GOOD.replace(b"Tea", b"\\ud800"),
    "swapped": GOOD.replace(b"Tea", b"\\udc00\\ud800"),
    "utf-8-surrogate": GOOD.replace(b"Tea", b"\xed\xa0\x80"),
    "overlong": GOOD.replace(b"Tea", b"\xc0\xaf"),
    "newline": GOOD.replace(b"Tea", b"Tea\n"),
    "escape": GOOD.replace(b"Tea", b"\\x41"),
    "backslashes": b'{"operation": "summarize", "text": "' + b"\\" * 1_001,
    "gzip": b"\x1f\x8b\x08" + GOOD,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_json_is_a_400(service: Service, body: bytes) -> None:
    response = post(service, body)
    assert response.status_code == 400
    assert error_of(response)["code"] == "bad_request"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000, "1.5", "true", "null"])
def test_a_number_that_is_none_is_refused(service: Service, number: str) -> None:
    body = f'{{"operation": "summarize", "text": "{TEXT}", "options": {{"max_length": {number}}}}}'
    response = post(service, body.encode())
    assert response.status_code in (400, 422)
    assert error_of(response)["retryable"] is False


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "1", "{}"])
def test_json_that_is_no_request_is_a_422(service: Service, body: str) -> None:
    assert post(service, body.encode()).status_code == 422


def test_a_length_over_the_limit_is_refused_before_the_body_comes(service: Service) -> None:
    head = (
        f"POST {PROCESS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {API_KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {LARGE + 1}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_body_of_the_largest_size_is_read(service: Service) -> None:
    response = post(service, GOOD + b" " * (LARGE - len(GOOD)))
    assert response.status_code == 200


@pytest.mark.parametrize("pieces", [17, 1_024])
def test_a_body_without_a_length_is_refused_while_it_is_read(service: Service, pieces: int) -> None:
    response = post(service, (b" " * (LARGE // 16) for _ in range(pieces)))
    assert response.status_code == 413
    assert error_of(response)["code"] == "payload_too_large"


def test_a_length_that_is_astronomic_is_refused(service: Service) -> None:
    head = f"POST {PROCESS} HTTP/1.1\r\nHost: x\r\nContent-Length: {'9' * 40}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(10) == b"HTTP/1.1 4"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_what_is_not_called_json_is_a_415(service: Service, kind: str) -> None:
    response = service.client.post(PROCESS, content=GOOD, headers={"Content-Type": kind})
    assert response.status_code == 415
    assert error_of(response)["code"] == "unsupported_media_type"


def test_a_body_without_a_type_is_a_415(service: Service) -> None:
    assert service.client.post(PROCESS, content=GOOD).status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.tea+json"])
def test_other_names_of_json_are_taken(service: Service, kind: str) -> None:
    assert service.client.post(PROCESS, content=GOOD, headers={"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_a_415(service: Service, coding: str) -> None:
    response = service.client.post(PROCESS, content=GOOD, headers=JSON | {"Content-Encoding": coding})
    assert response.status_code == 415


def test_a_422_says_where_and_why_and_never_what(service: Service) -> None:
    response = service.process_text("swordfish")
    error = error_of(response)
    assert (response.status_code, error["code"], error["param"]) == (422, "validation_failed", "text")
    assert error["details"] == [
        {"loc": ["body", "text"], "msg": "String should have at least 10 characters", "type": "string_too_short"}
    ]
    assert "swordfish" not in response.text


def test_the_number_of_details_is_bounded(service: Service) -> None:
    response = service.client.post(PROCESS, json={"operation": "summarize", **{f"x{n}": n for n in range(500)}})
    assert response.status_code == 422
    details = error_of(response)["details"]
    assert isinstance(details, list)
    assert len(details) == 20


def test_a_name_that_is_very_long_is_cut_in_the_answer(service: Service) -> None:
    response = service.client.post(PROCESS, json={"operation": "summarize", "text": TEXT, "x" * 100_000: 1})
    assert response.status_code == 422
    assert len(response.content) < 2_000


@pytest.mark.parametrize("operation", ["summarize", "sentiment", "key_points", "questions", "qa"])
@pytest.mark.parametrize(
    "text", ["\\u0000", "\\u202e", "\\u2066\\u200b ", "\\ufeff", "\\u001b", "\\u0301", "\\udb40\\udc41", " "]
)
def test_a_text_that_nobody_can_see_is_a_422(service: Service, operation: str, text: str) -> None:
    asked = '"question": "What was late?", ' if operation == "qa" else ""
    response = post(service, f'{{"operation": "{operation}", {asked}"text": "{text * 20}"}}'.encode())
    assert response.status_code == 422
    assert error_of(response)["param"] == "text"


@pytest.mark.parametrize("text", ["Tea\\u0000 was late again.", "\\u202e" * 20 + ".", "\\u202e" * 20 + "\\n\\nTea."])
@pytest.mark.parametrize("operation", ["summarize", "sentiment", "key_points", "questions"])
def test_a_text_of_strange_letters_is_answered_or_refused(service: Service, operation: str, text: str) -> None:
    response = post(service, f'{{"operation": "{operation}", "text": "{text}"}}'.encode())
    assert response.status_code in (200, 422)


@pytest.mark.parametrize(
    "value", ["9" * 400, "-" + "9" * 400, "1e400", "1" + "0" * 200_000, "0." + "1" * 200_000, "[[[[]]]]"]
)
@pytest.mark.parametrize("field", ["text", "operation", "question", "metadata", "options", "other"])
def test_a_huge_number_anywhere_is_refused(service: Service, field: str, value: str) -> None:
    body = f'{{"operation": "summarize", "text": "{TEXT}", "{field}": {value}}}'
    assert post(service, body.encode()).status_code in (400, 422)


def test_a_field_that_comes_twice_is_no_failure_of_ours(service: Service) -> None:
    body = b'{"text": "short", ' + GOOD[1:]
    assert post(service, body).status_code in (200, 400, 422)
