"""Every failure that the service can name.

The class says what happened: the HTTP status, whether the same request may succeed later, and what the caller reads.
`app.api.errors` turns them into HTTP answers.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class AppError(Exception):
    """The family; raise one of its members."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    retryable: bool = False
    outage: ClassVar[bool] = False
    """The model is down for everybody, so a labelled old or offline answer may stand in."""
    charged: bool = False
    """The provider may have accepted the call, so repeating it may cost twice."""

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        details: Sequence[Mapping[str, Any]] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.param, self.details, self.retry_after = param, details, retry_after

    def body(self, request_id: str) -> dict[str, Any]:
        """The `error` object of the envelope."""
        body: dict[str, Any] = {
            "code": self.code(),
            "message": str(self),
            "type": self.type,
            "param": self.param,
            "request_id": request_id,
            "retryable": self.retryable,
        }
        if self.details is not None:
            body["details"] = [dict(detail) for detail in self.details]
        return body

    @classmethod
    def code(cls) -> str:
        """The class name in snake_case: `CircuitOpen` is `circuit_open`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class InternalError(AppError):
    """Something failed on our side. Try again, and report the request id if it stays."""


class _RequestError(AppError):
    type = "invalid_request_error"


class BadRequest(_RequestError):
    """The request cannot be read. Send valid JSON in UTF-8 and well-formed headers."""

    status = 400


class NotAuthenticated(AppError):
    """Send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

    status, type = 401, "authentication_error"


class UnknownKey(NotAuthenticated):
    """This API key is not known here."""


class MistypedKey(UnknownKey):
    """This API key is mistyped: its checksum does not fit. Copy it again, whole."""


class KeyExpired(NotAuthenticated):
    """This API key has expired. Ask the operators for a new one."""


class Forbidden(AppError):
    """This key lacks the scope for this route."""

    status, type = 403, "permission_error"


class NotFound(_RequestError):
    """There is no such thing here."""

    status = 404


class MethodNotAllowed(_RequestError):
    """This route does not take this method."""

    status = 405


class RequestTimeout(_RequestError):
    """The request did not arrive in time. Send it again, faster."""

    status, retryable = 408, True


class PayloadTooLarge(_RequestError):
    """The request body is larger than this server accepts."""

    status = 413


class UnsupportedMediaType(_RequestError):
    """Send the body as `Content-Type: application/json`, uncompressed."""

    status = 415


class ValidationFailed(_RequestError):
    """The request does not validate; `details` says which field and why."""

    status = 422


class PromptInjection(_RequestError):
    """The text was refused because it looks like an attempt to instruct the model."""

    status = 422


class HeadersTooLarge(_RequestError):
    """The request line and headers are larger than this server accepts."""

    status = 431


class RateLimited(AppError):
    """Too many requests. Wait for `Retry-After` seconds."""

    status, type, retryable = 429, "rate_limit_error", True


class Overloaded(AppError):
    """The server has more requests than it can serve. Wait for `Retry-After` seconds."""

    status, retryable = 503, True


class CircuitOpen(AppError):
    """Calls to the model are paused after repeated failures. Wait for `Retry-After` seconds."""

    status, type, retryable, outage = 503, "provider_error", True, True


class ModelRequired(AppError):
    """This operation needs a hosted model: set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY on the server."""

    status = 503


class FleetUnavailable(AppError):
    """Redis is lost, so the other instances cannot be reached. Try again, or ask for this instance alone."""

    status, retryable = 503, True


class ProviderError(AppError):
    """The model provider failed."""

    status, type = 502, "provider_error"


class ProviderUnavailable(ProviderError):
    """The model provider failed or cannot be reached. Try again."""

    retryable, outage = True, True


class ProviderBusy(ProviderError):
    """The model provider limits our rate. Wait for `Retry-After` seconds."""

    status, retryable, outage = 503, True, True


class ProviderTimeout(ProviderError):
    """The model provider was too slow. Try again."""

    status, retryable, outage, charged = 504, True, True, True


class ProviderInterrupted(ProviderError):
    """The model provider broke off in the middle of its answer. Try again."""

    retryable, outage, charged = True, True, True


class ProviderBadAnswer(ProviderError):
    """The model gave an answer that cannot be used. Try again."""

    retryable, charged = True, True


class ProviderRefused(ProviderError):
    """The model declined to answer this request."""

    charged = True


class ProviderRejected(ProviderError):
    """The model provider did not accept the request; the server's log says why."""


class ProviderKeyRejected(ProviderError):
    """The model provider rejected the server's key."""


def named(code: str) -> type[AppError]:
    """The error class of that code; `InternalError` for an unknown one, as from a newer replica."""
    return _family(AppError).get(code, InternalError)


def _family(root: type[AppError]) -> dict[str, type[AppError]]:
    found = {root.code(): root}
    for child in root.__subclasses__():
        found |= _family(child)
    return found
