"""Whatever goes wrong, on either door, looks the same from outside."""

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import APIRouter

from app.core.domain import Domain
from app.core.errors import AppError, CircuitOpen, ProviderBusy, RateLimited
from app.core.schemas import ErrorEnvelope
from app.deps import Open
from app.main import create_app
from tests.support.eventually import eventually
from tests.support.live import client_of
from tests.support.plain import plain_settings
from tests.support.service import Service

SECRET = "the secret of a stack trace"


def failing_domain() -> Domain:
    """A domain whose routes raise what their paths say."""
    router = APIRouter(prefix="/v1/failing", tags=["failing"])
    raised: dict[str, BaseException] = {
        "bug": RuntimeError(SECRET),
        "other-bug": RuntimeError("seen by one test alone"),
        "busy": ProviderBusy(retry_after=6.2),
        "open": CircuitOpen(retry_after=0.01),
        "limited": RateLimited(retry_after=30),
    }

    @router.get("/{what}")
    async def fail(what: str, resources: Open) -> None:
        raise raised[what]

    return Domain("failing", router)


@pytest.fixture(scope="module")
def failing() -> Iterator[httpx2.Client]:
    with client_of(create_app(plain_settings(), domains=[failing_domain()])) as client:
        yield client


def error_of(response: httpx2.Response) -> dict[str, object]:
    """The error of an envelope, after a look at its shape."""
    assert response.headers["content-type"] == "application/json"
    error = ErrorEnvelope.model_validate(response.json()).error
    assert error.request_id == response.headers["x-request-id"]
    return dict(response.json()["error"])


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/v1", "/internal/nothing", "/internal", "/docs/nothing"])
def test_an_unknown_path_is_a_404_in_the_envelope(service: Service, path: str) -> None:
    response = service.operator.get(path)
    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/trial/process", "POST"),
        ("DELETE", "/v1/health", "GET"),
        ("POST", "/internal/fleet", "GET"),
        ("PATCH", "/livez", "GET"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_one(
    service: Service, method: str, path: str, allowed: str
) -> None:
    response = service.operator.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert error_of(response)["code"] == "method_not_allowed"


def test_a_bug_is_a_500_that_tells_nothing(failing: httpx2.Client) -> None:
    response = failing.get("/v1/failing/bug")
    assert response.status_code == 500
    assert error_of(response)["code"] == "internal_error"
    assert SECRET not in response.text
    assert "RuntimeError" not in response.text


async def test_a_bug_is_logged_once(failing: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    def tracebacks() -> list[str]:
        return [record.name for record in caplog.records if record.exc_info and "one test" in str(record.exc_info[1])]

    failing.get("/v1/failing/other-bug")
    await eventually(lambda: bool(tracebacks()))
    failing.get("/livez")
    assert tracebacks() == ["app.api.middleware"]


def test_a_bug_does_not_end_the_service(failing: httpx2.Client) -> None:
    failing.get("/v1/failing/bug")
    assert failing.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("what", "status", "seconds"), [("busy", 503, "7"), ("open", 503, "1"), ("limited", 429, "30")]
)
def test_who_must_wait_is_told_for_how_many_whole_seconds(
    failing: httpx2.Client, what: str, status: int, seconds: str
) -> None:
    response = failing.get(f"/v1/failing/{what}")
    assert (response.status_code, response.headers["retry-after"]) == (status, seconds)
    assert error_of(response)["retryable"] is True


@pytest.mark.parametrize("path", ["/nothing", "/internal/nothing", "/v1/auth/status"])
def test_a_client_may_ask_for_problem_details(service: Service, path: str) -> None:
    response = service.anonymous.get(path, headers={"Accept": "application/problem+json"})
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["status"] == response.status_code
    assert problem["type"] == "about:blank"
    assert problem["detail"].startswith(problem["title"])
    assert problem["request_id"] == response.headers["x-request-id"]
    assert {"code", "retryable"} <= set(problem)


def test_a_bug_is_told_as_problem_details_too(failing: httpx2.Client) -> None:
    response = failing.get("/v1/failing/bug", headers={"Accept": "application/problem+json"})
    assert response.json()["code"] == "internal_error"
    assert response.headers["content-type"] == "application/problem+json"


def test_messages_never_name_a_class(service: Service) -> None:
    classes = [error.__name__ for error in AppError.__subclasses__()]
    message = str(error_of(service.anonymous.get("/nothing"))["message"])
    assert not any(name in message for name in classes)
