"""The OpenAPI documents: what FastAPI knows, plus who may call a route and how it fails."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.core.schemas import ErrorEnvelope
from app.deps import ANYBODY, Guard

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_ERRORS = {
    "400": "The request cannot be read",
    "401": "No key, or a wrong one",
    "403": "The key lacks the scope",
    "404": "There is no such thing",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "The request does not validate",
    "429": "Too many requests",
    "502": "The model provider answered badly",
    "503": "Paused, overloaded, draining or cut off from Redis; see Retry-After",
    "504": "The model provider is too slow",
}


def guard_of(route: BaseRoute) -> Guard | None:
    """The guard in a route's signature; None for a public route."""
    if not isinstance(route, APIRoute):
        return None
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return next((call for call in calls if isinstance(call, Guard)), None)


def decision(route: BaseRoute) -> str | None:
    """Who may call a route: a scope, or `anybody` where the signature says `Open`; None when nobody decided."""
    if guard := guard_of(route):
        return guard.scope
    calls = [dependency.call for dependency in route.dependant.dependencies] if isinstance(route, APIRoute) else []
    return "anybody" if ANYBODY.dependency in calls else None


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, made once and kept by the app."""
    if app.openapi_schema is None:
        spec = FastAPI.openapi(app)
        components = spec.setdefault("components", {})
        components["securitySchemes"] = SCHEMES
        envelope = ErrorEnvelope.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = components.setdefault("schemas", {})
        schemas |= {**envelope.pop("$defs"), "ErrorEnvelope": envelope}
        for dropped in ("HTTPValidationError", "ValidationError"):
            schemas.pop(dropped, None)
        for route, operation in _operations(app, spec):
            _describe(route, operation)
    assert app.openapi_schema is not None
    return app.openapi_schema


def _operations(app: FastAPI, spec: dict[str, Any]) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, spec["paths"][route.path_format][method.lower()]


def _describe(route: APIRoute, operation: dict[str, Any]) -> None:
    operation["operationId"] = f"{route.tags[0]}_{route.name}"
    guard = guard_of(route)
    takes_input = "requestBody" in operation or bool(operation.get("parameters"))
    statuses = ["400"] if takes_input else []
    statuses += ["422"] if takes_input else []
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if any(one["in"] == "path" or one["name"] == "instance" for one in operation.get("parameters", ())):
        statuses.append("404")
    statuses += operation["responses"].keys() & _ERRORS.keys()
    if guard:
        operation["security"] = [{"bearer": []}, {"apiKey": []}]
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{guard.scope}`.".strip()
        statuses += ["401", "403", "429"]
        if guard.scope != "internal:read":
            statuses.append("503")
        if "requestBody" in operation and guard.scope == "text:use":
            statuses += ["502", "504"]
    for status in sorted(set(statuses)):
        operation["responses"][status] = {
            "description": _ERRORS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}},
        }
