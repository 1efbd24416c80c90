"""The documents, and whether the service keeps to them."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from app.main import create_internal_app
from tests.support.live import client_of, running
from tests.support.plain import plain_settings
from tests.support.schemas import mismatches
from tests.support.service import ADMIN_KEY, TEXT, Service

PUBLIC = ("/docs", "/redoc", "/openapi.json")
INTERNAL = ("/internal/docs", "/internal/redoc", "/internal/openapi.json")


def statuses(client: httpx2.Client, paths: tuple[str, ...], key: str | None = None) -> set[int]:
    headers = {"Authorization": f"Bearer {key}" if key else ""}
    return {client.get(path, headers=headers).status_code for path in paths}


@pytest.mark.parametrize(
    ("environment", "switches", "status"),
    [
        ("development", {}, 200),
        ("staging", {}, 200),
        ("production", {}, 404),
        ("production", {"disable_docs": False}, 200),
        ("development", {"disable_docs": True}, 404),
    ],
)
def test_the_public_pages_are_there_where_the_environment_says(
    environment: str, switches: dict[str, bool], status: int
) -> None:
    with running(environment=environment, **switches) as client:
        assert statuses(client, PUBLIC) == {status}
        assert (client.get("/").json()["docs"] is None) == (status == 404)


@pytest.mark.parametrize(
    ("environment", "switches", "anybody", "operator"),
    [
        ("development", {}, 200, 200),
        ("staging", {}, 401, 200),
        ("production", {}, 404, 404),
        ("production", {"disable_internal_docs": False}, 401, 200),
        ("development", {"disable_internal_docs": True}, 404, 404),
    ],
)
def test_the_operators_pages_want_a_key_outside_development(
    environment: str, switches: dict[str, bool], anybody: int, operator: int
) -> None:
    app = create_internal_app(plain_settings(environment=environment, **switches))
    with client_of(app) as client:
        assert statuses(client, INTERNAL) == {anybody}
        assert statuses(client, INTERNAL, ADMIN_KEY) == {operator}


def test_in_production_the_public_listener_has_no_operators_door() -> None:
    with running(ADMIN_KEY, environment="production") as client:
        assert client.get("/internal/").status_code == 404
        assert client.get("/v1/auth/status").status_code == 200


def test_the_pages_may_load_their_scripts_and_nothing_may_frame_them(service: Service) -> None:
    for page in ("/docs", "/redoc", "/internal/docs"):
        policy = service.anonymous.get(page).headers["content-security-policy"]
        assert "https://cdn.jsdelivr.net" in policy
        assert "frame-ancestors 'none'" in policy


def documents(service: Service) -> dict[str, dict[str, Any]]:
    return {path: service.anonymous.get(path).json() for path in ("/openapi.json", "/internal/openapi.json")}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_operation_ids_are_unique(service: Service) -> None:
    for document in documents(service).values():
        ids = [operation["operationId"] for _, _, operation in operations(document)]
        assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(service: Service) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for child in children:
            yield from references(child)

    for document in documents(service).values():
        known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
        assert set(references(document)) <= known


def test_every_guarded_route_documents_its_refusals_in_the_envelope(service: Service) -> None:
    envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}
    for document in documents(service).values():
        for path, _, operation in operations(document):
            expected = {"401", "403", "429"} if "security" in operation else set()
            expected |= {"400", "413", "415", "422"} if "requestBody" in operation else set()
            assert expected <= set(operation["responses"]), path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert response["content"]["application/json"]["schema"] == envelope, (path, status)


def test_every_internal_route_wants_a_key(service: Service) -> None:
    document = documents(service)["/internal/openapi.json"]
    rooms = [
        (path, method, operation) for path, method, operation in operations(document) if path.startswith("/internal")
    ]
    for path, method, operation in rooms:
        assert operation.get("security"), path
        assert service.anonymous.request(method, path.replace("{name}", "x")).status_code == 401


def test_the_examples_of_the_requests_work(service: Service) -> None:
    document = documents(service)["/openapi.json"]
    requests = {name: schema for name, schema in document["components"]["schemas"].items() if "examples" in schema}
    assert requests
    for name, schema in requests.items():
        for example in schema["examples"]:
            assert service.client.post("/v1/trial/process", json=example).status_code == 200, name


def answers(service: Service) -> Iterator[tuple[str, str, httpx2.Response]]:
    """One real answer for each documented route that has no path of its own."""
    item = {"operation": "summarize", "text": TEXT}
    post = service.operator.post
    yield "/v1/trial/process", "post", post("/v1/trial/process", json=item)
    batch = {"requests": [item, item | {"text": "short"}], "batch_id": "documented"}
    yield "/v1/trial/batch_process", "post", post("/v1/trial/batch_process", json=batch)
    yield (
        "/v1/trial/batch_status/{batch_id}",
        "get",
        service.operator.get("/v1/trial/batch_status/documented"),
    )
    yield "/internal/cache/invalidate", "post", post("/internal/cache/invalidate", json={"all": True, "dry_run": True})
    for document in documents(service).values():
        for path, method, _ in operations(document):
            if method == "get" and "{" not in path:
                yield path, method, service.operator.get(path)
    for path, name in (
        ("/internal/resilience/circuit-breakers/{name}", "trial.qa"),
        ("/internal/resilience/config/presets/{name}", "simple"),
    ):
        yield path, "get", service.operator.get(path.replace("{name}", name))


def test_answers_keep_to_the_documents(service: Service) -> None:
    both = documents(service)
    for path, method, response in answers(service):
        document = both["/internal/openapi.json" if path.startswith("/internal") else "/openapi.json"]
        if response.status_code == 404:
            assert "/performance/" in path, response.text  # there is no benchmark before one was run
            continue
        assert response.status_code == 200, (path, response.text)
        content = document["paths"][path][method]["responses"]["200"]["content"]
        kind = response.headers["content-type"].partition(";")[0]
        assert kind in content, path
        if kind == "application/json":
            assert list(mismatches(response.json(), content[kind]["schema"], document)) == [], path


def test_errors_keep_to_the_documents(service: Service) -> None:
    document = documents(service)["/openapi.json"]
    schema = {"$ref": "#/components/schemas/ErrorEnvelope"}
    for response in (service.anonymous.get("/nothing"), service.process_text("short")):
        assert list(mismatches(response.json(), schema, document)) == []


def test_an_answer_that_differs_from_the_documents_is_noticed(service: Service) -> None:
    document = documents(service)["/openapi.json"]
    schema = document["paths"]["/v1/trial/process"]["post"]["responses"]["200"]["content"]["application/json"]
    answer = service.process_text().json()
    for change in (
        {"source": "thin air"},
        {"usage": {"input_tokens": -1}},
        {"result": 7},
        {"more": 1},
        {"model": None},
    ):
        assert list(mismatches(answer | change, schema["schema"], document))
