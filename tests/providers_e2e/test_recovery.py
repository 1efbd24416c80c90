"""A breaker whose time is over lets one call through, which decides."""

from collections.abc import Iterator

import pytest

from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import at_once, body, breaker, post

CUSTOM = '{"retry_attempts": 1, "circuit_breaker_threshold": 1, "recovery_timeout": 10}'
DOWN = {"status": 503, "retry_after": 0}


@pytest.fixture(scope="module")
def tripped(_model: ModelServer) -> Iterator[Service]:
    """A service whose model has failed for every operation used here; the breakers open for the shortest time."""
    with Service(workers=1, RESILIENCE_CUSTOM_CONFIG=CUSTOM, **_model.gemini_env()) as service:
        _model.behave(fail=DOWN)
        for operation in ("qa", "questions"):
            post(service, body(operation))
            assert breaker(service, operation)["state"] == "open"
        yield service


async def test_one_probe_among_twenty_calls_closes_it(tripped: Service, model: ModelServer) -> None:
    await eventually(lambda: breaker(tripped, "qa")["state"] == "half_open", within=20)
    model.behave(delay=2)
    answers = await at_once([tripped], [body("qa") for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [200] + [503] * 19
    assert len(model.calls()) == 1
    report = breaker(tripped, "qa")
    assert (report["state"], report["half_opens"], report["closes"]) == ("closed", 1, 1)
    model.behave()
    assert post(tripped, body("qa")).json()["source"] == "model"


async def test_a_probe_that_fails_opens_it_again(tripped: Service, model: ModelServer) -> None:
    await eventually(lambda: breaker(tripped, "questions")["state"] == "half_open", within=20)
    model.behave(fail=DOWN, delay=2)
    answers = await at_once([tripped], [body("questions") for _ in range(20)])
    codes = sorted(answer.json()["error"]["code"] for answer in answers)
    assert codes == ["circuit_open"] * 19 + ["provider_unavailable"]
    assert len(model.calls()) == 1
    report = breaker(tripped, "questions")
    assert (report["state"], report["opens"]) == ("open", 2)
