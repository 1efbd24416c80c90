"""Every error of the service is judged, so a new one has to be entered here."""

import asyncio

import pytest

from app.core import errors
from app.core.errors import AppError, ProviderError, ProviderTimeout
from app.infrastructure.resilience.classify import counts_against, may_retry

COUNTED = {"ProviderUnavailable", "ProviderBusy", "ProviderTimeout", "ProviderInterrupted"}
RETRIED = {"ProviderUnavailable", "ProviderBusy"}
EVERY = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AppError)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", EVERY)
def test_only_outages_of_the_provider_count_against_a_breaker(kind: type[AppError]) -> None:
    assert counts_against(kind()) is (kind.__name__ in COUNTED)


@pytest.mark.parametrize("kind", EVERY)
def test_only_what_the_provider_provably_did_not_accept_is_retried(kind: type[AppError]) -> None:
    assert may_retry(kind()) is (kind.__name__ in RETRIED)


def test_an_error_may_know_better_than_its_class() -> None:
    error = ProviderTimeout("No connection in time.")
    error.charged = False
    assert may_retry(error)
    assert not may_retry(ProviderError())


@pytest.mark.parametrize("error", [ValueError(), TimeoutError(), asyncio.CancelledError(), GeneratorExit()])
def test_what_is_not_ours_says_nothing_about_the_provider(error: BaseException) -> None:
    assert not counts_against(error)
    assert not may_retry(error)
