"""Who may come in, and how often."""

import math
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.api.test_errors import error_of
from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY, OTHER_API_KEY, TEXT, Service

STATUS = "/v1/auth/status"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": API_KEY},
        {"Authorization": f"Basic {API_KEY}"},
        {"X-API-Key": ""},
        {"X-API-Key": API_KEY, "Authorization": f"Bearer {OTHER_API_KEY}"},
    ],
    ids=["none", "empty", "no scheme", "basic", "blank", "two"],
)
def test_a_request_without_one_key_is_a_401_with_a_challenge(service: Service, headers: dict[str, str]) -> None:
    response = service.anonymous.get(STATUS, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert error_of(response)["type"] == "authentication_error"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {API_KEY}"},
        {"Authorization": f"bearer {API_KEY}"},
        {"X-API-Key": API_KEY},
        {"X-API-Key": API_KEY, "Authorization": f"Bearer {API_KEY}"},
    ],
    ids=["bearer", "lower case", "x-api-key", "both"],
)
def test_a_key_may_come_in_either_header(service: Service, headers: dict[str, str]) -> None:
    response = service.anonymous.get(STATUS, headers=headers)
    assert response.status_code == 200
    assert response.json()["scopes"] == ["text:use"]
    assert API_KEY not in response.text


def test_callers_have_ids_of_their_own(service: Service) -> None:
    ids = {service.anonymous.get(STATUS, headers={"X-API-Key": key}).json()["key_id"] for key in (API_KEY, ADMIN_KEY)}
    assert len(ids) == 2


def test_a_key_that_is_too_long_is_a_400(service: Service) -> None:
    response = service.anonymous.get(STATUS, headers={"X-API-Key": "x" * 513})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/internal/"), ("GET", "/internal/metrics"), ("POST", "/internal/cache/invalidate")],
)
def test_a_client_is_refused_at_the_operators_door(service: Service, method: str, path: str) -> None:
    response = service.client.request(method, path)
    assert response.status_code == 403
    assert error_of(response)["code"] == "forbidden"
    assert "internal:" in str(error_of(response)["message"])


def test_who_may_not_come_in_learns_nothing_about_the_body(service: Service) -> None:
    response = service.anonymous.post("/v1/trial/process", content=b"{")
    assert response.status_code == 401


@pytest.fixture
def limited() -> Iterator[httpx2.Client]:
    """Three requests an hour."""
    with running(rate_limit_requests=3, rate_limit_window_seconds=3600) as client:
        yield client


def test_a_limit_is_counted_down_in_the_headers_until_a_429(limited: httpx2.Client) -> None:
    for left in (2, 1, 0):
        response = limited.get(STATUS)
        assert response.headers["ratelimit-policy"] == '"default";q=3;w=3600'
        assert response.headers["ratelimit"].startswith(f'"default";r={left};t=')
    refused = limited.get(STATUS)
    assert refused.status_code == 429
    assert error_of(refused)["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 1200


def test_retry_after_is_not_earlier_than_the_reset_of_the_limit(limited: httpx2.Client) -> None:
    for _ in range(3):
        limited.get(STATUS)
    refused = limited.get(STATUS)
    reset = re.search(r"t=(\d+)", refused.headers["ratelimit"])
    assert reset is not None
    assert int(refused.headers["retry-after"]) >= int(reset[1])


def test_a_batch_counts_each_of_its_items(limited: httpx2.Client) -> None:
    item = {"operation": "summarize", "text": TEXT}
    done = limited.post("/v1/trial/batch_process", json={"requests": [item] * 3})
    assert done.status_code == 200
    assert limited.get(STATUS).status_code == 429


def test_a_batch_that_does_not_fit_is_refused_and_costs_no_call(limited: httpx2.Client) -> None:
    item = {"operation": "summarize", "text": TEXT}
    assert limited.post("/v1/trial/batch_process", json={"requests": [item] * 4}).status_code == 429


def test_a_limit_is_each_callers_own(limited: httpx2.Client) -> None:
    for _ in range(4):
        limited.get(STATUS)
    assert limited.get(STATUS, headers={"Authorization": f"Bearer {OTHER_API_KEY}"}).status_code == 200


def test_without_a_limit_there_are_no_headers_of_one(service: Service) -> None:
    assert "ratelimit" not in service.client.get(STATUS).headers


def test_guessing_keys_is_limited_and_regulars_still_come_in() -> None:
    with running() as client:
        assert client.get(STATUS).status_code == 200
        guesses = [client.get(STATUS, headers={"Authorization": f"Bearer guess-{n}"}) for n in range(12)]
        assert [guess.status_code for guess in guesses] == [401] * 10 + [429] * 2
        assert client.get(STATUS).status_code == 200
        stranger = client.get(STATUS, headers={"Authorization": f"Bearer {OTHER_API_KEY}"})
        assert stranger.status_code == 429
        assert math.isfinite(float(stranger.headers["retry-after"]))
