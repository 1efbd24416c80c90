"""Which failures say something about the provider, and which are safe to repeat."""

from app.core.errors import ProviderError


def counts_against(error: BaseException) -> bool:
    """Whether a breaker counts it: the provider is down, busy, slow or broke off, for everybody.

    A refusal or a bad answer does not count, since one caller's text can provoke any number of them; nor does what we
    or the caller did wrong.
    """
    return isinstance(error, ProviderError) and error.outage


def may_retry(error: BaseException) -> bool:
    """Whether the provider provably did none of the work, so that repeating the call costs nothing twice.

    Our own refusals (`CircuitOpen`, `RateLimited`) are for the caller to repeat.
    """
    return isinstance(error, ProviderError) and error.retryable and not error.charged
