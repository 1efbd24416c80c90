"""The server span of a request, around the edge; nothing of this is in the path when tracing is off."""

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.settings import Settings

from .middleware import METHODS

if TYPE_CHECKING:
    from app.infrastructure.monitoring.tracing import Tracing


def traced(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The app itself when tracing is off."""
    return Traced(app) if settings.otel_exporter_otlp_endpoint else app


class Traced:
    """Joins the caller's trace, and shows its own span to the app as if it were the caller's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tracing: Tracing = scope["state"]["resources"].tracing
        status: int | None = None

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with tracing.request(_name(scope), _known_at_start(scope), _given(scope)) as span:
            scope["headers"] = [
                *((name, value) for name, value in scope["headers"] if name != b"traceparent"),
                (b"traceparent", tracing.header(span).encode()),
            ]
            try:
                await self._app(scope, receive, watched)
            except BaseException as error:
                if getattr(error, "status", 500) >= 500:  # a client that leaves is no failure of ours
                    tracing.fail(span, type(error).__qualname__)
                raise
            finally:
                span.update_name(_name(scope))
                span.set_attributes(_known_at_end(scope, status))
            if status is None or status >= 500:
                tracing.fail(span, str(status or "incomplete_response"))


def _name(scope: Scope) -> str:
    method = scope["method"] if scope["method"] in METHODS else "HTTP"
    return f"{method} {scope['route'].path}" if "route" in scope else method


def _known_at_start(scope: Scope) -> dict[str, str]:
    return {
        "http.request.method": scope["method"] if scope["method"] in METHODS else "_OTHER",
        "network.protocol.version": scope["http_version"],
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
    }


def _known_at_end(scope: Scope, status: int | None) -> dict[str, str | int]:
    found: dict[str, str | int] = {"gatehouse.request_id": scope["state"]["request_id"]}
    if "route" in scope:
        found["http.route"] = scope["route"].path
    if status is not None:
        found["http.response.status_code"] = status
    return found


def _given(scope: Scope) -> dict[str, str]:
    wanted = (b"traceparent", b"tracestate")
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in wanted}
