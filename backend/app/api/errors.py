"""How errors look from outside: one envelope, or RFC 9457 for those who ask for it."""

import logging
import math
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.core.errors import (
    AppError,
    BadRequest,
    InternalError,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from app.deps import refusal

PROBLEM = "application/problem+json"
_BY_STATUS: dict[int, type[AppError]] = {
    error.status: error for error in (BadRequest, NotFound, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType)
}
logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    async def _ours(request: Request, error: AppError) -> Response:
        return rendered(error, request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return rendered(refusal(error.errors()), request)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        response = rendered(_BY_STATUS.get(error.status_code, BadRequest)(), request)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(_methods(request))
        return response

    # Starlette answers unknown failures with this and raises them again, for the edge to log.
    @app.exception_handler(Exception)
    async def _unknown(request: Request, _: Exception) -> Response:
        return rendered(InternalError(), request)


def rendered(error: AppError, request: Request) -> Response:
    """The response for an error, in the form that the Accept header asks for."""
    request_id: str = request.scope["state"]["request_id"]
    if error.status >= 500:
        logger.warning("request failed: %s", error.code())
    body = error.body(request_id)
    if PROBLEM in request.headers.get("accept", ""):
        title = str(error).partition(".")[0]
        body |= {"type": "about:blank", "title": title, "status": error.status, "detail": body.pop("message")}
        return Response(orjson.dumps(body), error.status, _headers(error), PROBLEM)
    return Response(orjson.dumps({"error": body}), error.status, _headers(error), "application/json")


def _methods(request: Request) -> list[str]:
    """What every route of this path takes; Starlette would name those of the first one."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in here for method in route.methods})


def _headers(error: AppError) -> dict[str, str]:
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after or 1)))
    return headers
