"""The family of errors: what each says to a caller."""

from collections.abc import Iterator

import pytest

from app.core.errors import AppError, CircuitOpen, InternalError, ProviderError, RateLimited, named
from app.core.schemas import ErrorBody


def descendants(root: type[AppError]) -> Iterator[type[AppError]]:
    for child in root.__subclasses__():
        yield child
        yield from descendants(child)


PUBLIC = sorted({error for error in descendants(AppError) if not error.__name__.startswith("_")}, key=str)


@pytest.mark.parametrize("error", PUBLIC)
def test_every_error_has_a_body_of_the_documented_shape(error: type[AppError]) -> None:
    body = error().body("request-1")
    assert ErrorBody.model_validate(body, strict=True).code == error.code()
    assert set(body) == {"code", "message", "type", "param", "request_id", "retryable"}


@pytest.mark.parametrize("error", PUBLIC)
def test_every_error_tells_what_happened_in_a_sentence(error: type[AppError]) -> None:
    assert str(error()).rstrip().endswith(".")
    assert error.__name__ not in str(error())


@pytest.mark.parametrize("error", PUBLIC)
def test_every_error_has_a_status_that_means_failure(error: type[AppError]) -> None:
    assert 400 <= error.status <= 599


@pytest.mark.parametrize("error", PUBLIC)
def test_every_error_is_found_by_its_code(error: type[AppError]) -> None:
    assert named(error.code()) is error


def test_codes_are_unique() -> None:
    codes = [error.code() for error in PUBLIC]
    assert len(codes) == len(set(codes))


def test_an_unknown_code_is_an_internal_error() -> None:
    assert named("from_a_newer_replica") is InternalError


def test_a_code_is_the_name_in_snake_case() -> None:
    assert CircuitOpen.code() == "circuit_open"


def test_only_failures_of_the_model_are_outages() -> None:
    assert all(issubclass(error, (ProviderError, CircuitOpen)) for error in PUBLIC if error.outage)


def test_details_and_a_parameter_appear_when_they_are_given() -> None:
    body = RateLimited("Wait.", param="requests", details=[{"loc": ["body"]}]).body("r")
    assert (body["message"], body["param"], body["details"]) == ("Wait.", "requests", [{"loc": ["body"]}])
