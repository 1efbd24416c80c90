"""What the SDK raises, as what the service can name: the codes decide what is retried and what callers read."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core.exceptions import GoogleAPICallError
from google.protobuf.json_format import ParseError
from requests.exceptions import ConnectionError as Disconnected
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import NewConnectionError

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

logger = logging.getLogger(__name__)


@contextmanager
def translated(model: str) -> Iterator[None]:
    """Raise only ProviderErrors out of the block."""
    try:
        yield
    except GoogleAPICallError as error:
        raise _answered(error, model) from error
    except RequestException as error:
        raise _broken(error) from error
    except (ParseError, ValueError, LookupError, AttributeError) as error:  # the SDK does not validate what it receives
        raise ProviderBadAnswer from error


def _answered(error: GoogleAPICallError, model: str) -> ProviderError:
    if error.code in (401, 403) or "API_KEY_INVALID" in str(error):
        message = f"GEMINI_API_KEY was rejected by the provider of {model}."
        logger.error(message)  # without the provider's words: they may quote the key
        return ProviderKeyRejected(message)
    said = error.response.headers.get("retry-after", "") if error.response is not None else ""
    wait = float(said) if said.isdecimal() else None  # a date is ignored
    code = error.code or 500
    if code == 429:
        return ProviderBusy(retry_after=wait)
    if code == 408 or code >= 500:
        return ProviderUnavailable(retry_after=wait)
    logger.warning("%s did not accept a request: %s", model, code)  # without its words: they may quote the prompt
    return ProviderRejected()


def _broken(error: RequestException) -> ProviderError:
    """Only a connection that was never made has certainly cost nothing."""
    cause = error.args[0] if error.args else None
    if isinstance(error, Disconnected) and isinstance(getattr(cause, "reason", None), NewConnectionError):
        return ProviderUnavailable()
    return ProviderTimeout() if isinstance(error, Timeout) else ProviderInterrupted()
