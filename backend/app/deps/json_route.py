"""The route class of handlers that take a JSON body: FastAPI documents them, this class runs them.

FastAPI reads and parses the body before any dependency can refuse the caller. Here the guard comes first, then the
bytes are validated in one step, by pydantic, straight into the type of the body.
"""

import inspect
from collections.abc import Callable, Set
from typing import Annotated, Any, get_args, get_origin

from fastapi import params
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from app.core.errors import UnsupportedMediaType

from .presence import while_present
from .validation import refusal
from .visitor import Guard


class JsonRoute(APIRoute):
    """For `async def handler(body: Model, visitor: TextUser) -> Response`; handlers without a body stay FastAPI's.

    Path and query parameters may stand beside. Runs no other dependencies, and no response model: the handler returns a
    `Response`, `response_model` documents it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.takes_json = self.body_field is not None
        if not self.takes_json:
            return
        self._path, self._query = self.dependant.path_params, self.dependant.query_params
        others = {field.name for field in (*self._path, *self._query)}
        (self._visitor, self._guard), (self._body, body) = _parts(endpoint, others)
        self._adapter: TypeAdapter[Any] = TypeAdapter(body)
        self._tagged = self._adapter.core_schema["type"] == "tagged-union"
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        visitor = await self._guard(request)
        _require_json(scope)
        others = self._others(request) if self._path or self._query else {}
        raw = await request.body()
        try:
            body = self._adapter.validate_json(raw)
        except ValidationError as error:
            raise refusal(error.errors(include_url=False, include_input=False), tagged=self._tagged) from None
        with while_present(receive):
            response = await self.endpoint(**{self._body: body, self._visitor: visitor}, **others)
        await response(scope, receive, send)

    def _others(self, request: Request) -> dict[str, Any]:
        """The path and query parameters."""
        placed, misplaced = request_params_to_args(self._path, request.path_params)
        queried, mistaken = request_params_to_args(self._query, request.query_params)
        if errors := [*misplaced, *mistaken]:
            raise refusal(errors)
        return placed | queried


def _parts(endpoint: Callable[..., Any], others: Set[str]) -> tuple[tuple[str, Guard], tuple[str, Any]]:
    """The visitor's and the body's parameter, by name; TypeError when a handler has any but these and `others`."""
    visitor = body = None
    for name, hint in inspect.get_annotations(endpoint, eval_str=True).items():
        guard = _guard(hint)
        if name == "return" or name in others:
            continue
        if guard and visitor is None:
            visitor = name, guard
        elif body is None:
            body = name, hint
        else:
            raise TypeError(f"{endpoint.__qualname__}: a JsonRoute takes one body and one visitor, not also `{name}`")
    if visitor is None or body is None:
        raise TypeError(f"{endpoint.__qualname__}: a JsonRoute needs a body and a visitor such as TextUser")
    return visitor, body


def _guard(hint: Any) -> Guard | None:
    if get_origin(hint) is not Annotated:
        return None
    marks = [mark.dependency for mark in get_args(hint)[1:] if isinstance(mark, params.Depends)]
    return next((mark for mark in marks if isinstance(mark, Guard)), None)


def _require_json(scope: Scope) -> None:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    media = kind.partition(b";")[0].strip().lower()
    if media != b"application/json" and not (media.startswith(b"application/") and media.endswith(b"+json")):
        raise UnsupportedMediaType
