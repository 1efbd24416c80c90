"""What every answer carries."""

import re

import pytest

from tests.support.eventually import eventually
from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY, Service

EVERYWHERE = (
    "/",
    "/livez",
    "/v1/health",
    "/nothing",
    "/v1/auth/status",
    "/docs",
    "/openapi.json",
    "/internal/",
    "/health",
)
ORIGIN = "https://tea.example.org"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_security_headers_and_hides_the_server(service: Service, path: str) -> None:
    headers = service.anonymous.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
    assert "server" not in headers


def test_no_header_comes_twice(service: Service) -> None:
    names = [name for name, _ in service.process_text().headers.raw]
    assert len(names) == len(set(names))


def test_answers_to_callers_are_not_stored_by_proxies(service: Service) -> None:
    assert service.process_text().headers["cache-control"] == "no-store"


@pytest.mark.parametrize("given", ["a", "Tea-1_2.3", "x" * 128])
def test_a_well_formed_request_id_is_kept(service: Service, given: str) -> None:
    assert service.anonymous.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "with blank", "x" * 129, "semi;colon", "sl/ash", "<script>"])
def test_another_request_id_is_replaced(service: Service, given: str) -> None:
    made = service.anonymous.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


async def test_a_request_id_is_in_the_answer_and_in_the_log(service: Service) -> None:
    service.client.get("/v1/auth/status", headers={"X-Request-ID": "seen-in-the-log"})
    await eventually(lambda: '"request_id":"seen-in-the-log"' in service.output())
    error = service.client.get("/nothing", headers={"X-Request-ID": "seen-in-an-error"}).json()["error"]
    assert error["request_id"] == "seen-in-an-error"


async def test_the_log_holds_no_key_and_no_text(service: Service) -> None:
    service.process_text("The swordfish swims in the sea of tea.")
    service.client.get("/v1/auth/status", headers={"X-Request-ID": "the-last-line"})
    await eventually(lambda: "the-last-line" in service.output())
    assert not any(secret in service.output() for secret in ("swordfish", API_KEY, ADMIN_KEY))


@pytest.mark.parametrize("given", ["", "00-xyz", f"00-{'a' * 32}-{'b' * 16}-01", "00-" + "f" * 5_000])
def test_a_traceparent_never_harms(service: Service, given: str) -> None:
    assert service.anonymous.get("/livez", headers={"traceparent": given}).status_code == 200


def test_browsers_may_not_call_from_elsewhere_by_default(service: Service) -> None:
    response = service.anonymous.get("/livez", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in response.headers


def test_listed_origins_may_call_and_read_our_headers() -> None:
    with running(cors_origins=(ORIGIN,)) as client:
        simple = client.get("/v1/auth/status", headers={"Origin": ORIGIN})
        preflight = client.options(
            "/v1/trial/process",
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )
        other = client.get("/livez", headers={"Origin": "https://other.example.org"})
        failed = client.get("/nothing", headers={"Origin": ORIGIN})
    assert simple.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-ID" in simple.headers["access-control-expose-headers"]
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "access-control-allow-origin" not in other.headers
    assert failed.headers["access-control-allow-origin"] == ORIGIN


def test_a_browser_may_read_why_it_was_refused() -> None:
    with running(cors_origins=(ORIGIN,)) as client:
        page = {"Origin": ORIGIN, "Content-Type": "application/json"}
        refused = [
            client.post("/v1/trial/process", headers=page | {"Authorization": "Bearer mistaken"}),
            client.post("/v1/trial/process", headers=page, content=b" " * 3_000_000),
            client.get("/v1/nothing", headers={"Origin": ORIGIN}),
        ]
    assert [response.status_code for response in refused] == [401, 413, 404]
    assert {response.headers["access-control-allow-origin"] for response in refused} == {ORIGIN}
    assert all(len(response.headers.get_list("x-request-id")) == 1 for response in refused)


def test_redirects_are_relative(service: Service) -> None:
    response = service.anonymous.get("/health", headers={"Host": "attacker.example.org"})
    assert response.status_code == 307
    assert response.headers["location"] == "/v1/health"


@pytest.mark.parametrize("path", ["//v1/health", "/v1/health/", "/v1/%2e%2e/internal/", "/INTERNAL/"])
def test_crooked_paths_lead_nowhere(service: Service, path: str) -> None:
    assert service.operator.get(f"{service.url}{path}").status_code == 404
