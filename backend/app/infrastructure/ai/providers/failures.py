"""The one place where what SDKs raise becomes what the service can name."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelTimeoutError,
    UnexpectedModelBehavior,
    UserError,
)

from app.core.errors import (
    ProviderBadAnswer,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderKeyRejected,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)

from .endpoint import Endpoint

logger = logging.getLogger(__name__)

_INVALID_KEY = "API_KEY_INVALID"
"""What Google says, with status 400, where others answer 401."""

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""What may be logged of a provider's answer: its words may quote the request."""


@contextmanager
def translated(endpoint: Endpoint) -> Iterator[None]:
    """Raise only ProviderErrors out of the block."""
    try:
        yield
    except ModelConnectionError as error:
        raise _disconnected(error) from error
    except ModelHTTPError as error:
        raise _answered(error, endpoint) from error
    except UserError as error:
        raise _rejected(endpoint, error.message) from error
    except (ModelAPIError, UnexpectedModelBehavior) as error:
        raise ProviderBadAnswer from error
    # SDKs do not validate what they receive: a body of another shape surfaces as whatever their code trips over.
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ProviderBadAnswer from error


def _disconnected(error: ModelConnectionError) -> ProviderError:
    if error.phase in ("connect", "pool"):
        return ProviderUnavailable()
    return ProviderTimeout() if isinstance(error, ModelTimeoutError) else ProviderInterrupted()


def _answered(error: ModelHTTPError, endpoint: Endpoint) -> ProviderError:
    if isinstance(error, ModelAuthenticationError) or _INVALID_KEY in str(error.body):
        message = f"{endpoint.key_variable} was rejected by the provider of {endpoint.full_name}."
        logger.error(message)  # without the provider's words: they may quote the key
        return ProviderKeyRejected(message)
    if error.status_code == 429:
        return ProviderBusy(retry_after=error.retry_after)
    if error.status_code == 408 or error.status_code >= 500:
        return ProviderInterrupted() if error.in_stream else ProviderUnavailable(retry_after=error.retry_after)
    codes = filter(None, (error.provider_error_code, error.provider_error_type))
    return _rejected(endpoint, " ".join([str(error.status_code), *filter(_CODE.fullmatch, map(str, codes))]))


def _rejected(endpoint: Endpoint, reason: str) -> ProviderError:
    logger.warning("%s did not accept a request: %s", endpoint.full_name, reason)
    return ProviderRejected(
        f"The provider did not accept a request for {endpoint.full_name}; the server's log says why."
    )
