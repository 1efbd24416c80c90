"""A chain of models: the next one takes over before the first byte, and the reply names who answered."""

from collections.abc import Callable

import pytest

from tests.providers_e2e.conftest import Serve
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import Body, body, post, streamed

DOWN = {"status": 503, "retry_after": 0}
CHAIN = ("gemini:gemini-2.5-flash", "anthropic:claude-haiku-4-5", "openai:a-model-of-our-own")


@pytest.fixture
def chained(serve: Serve, model: ModelServer) -> Service:
    others = model.anthropic_env() | model.openai_env() | model.gemini_env()
    return serve(**others | {"AI_FALLBACK_MODELS": ",".join(CHAIN[1:])})


def asked(model: ModelServer) -> list[str]:
    return [f"{call['provider']}:{call['model']}" for call in model.calls()]


@pytest.mark.parametrize("failing", [0, 1, 2])
@pytest.mark.parametrize("operation", ["qa", "sentiment"])
def test_models_are_tried_in_order_and_the_reply_names_the_one_that_answered(
    chained: Service, model: ModelServer, failing: int, operation: str
) -> None:
    model.behave(fail={**DOWN, "count": failing})
    reply = post(chained, body(operation)).json()
    assert asked(model) == list(CHAIN[: failing + 1])
    assert (reply["source"], reply["model"], reply["degraded"]) == ("model", CHAIN[failing], False)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_price_that_nobody_knows_is_null_and_never_nothing(
    chained: Service, model: ModelServer, failing: int
) -> None:
    model.behave(fail={**DOWN, "count": failing})
    response = post(chained, body())
    cost = response.json()["usage"]["cost_usd"]
    if failing == 2:
        assert cost is None
        assert "X-Cost-USD" not in response.headers
    else:
        assert cost > 0
        assert float(response.headers["X-Cost-USD"]) == pytest.approx(cost, abs=1e-6)


def test_a_stream_passes_on_before_its_first_piece(chained: Service, model: ModelServer) -> None:
    model.behave(fail={**DOWN, "count": 2})
    assert streamed(chained, body())[-1].data["model"] == CHAIN[2]
    assert asked(model) == list(CHAIN)


def test_a_stream_that_has_begun_stays_with_its_model(chained: Service, model: ModelServer) -> None:
    model.behave(truncate_after=2)
    assert streamed(chained, body())[-1].name == "error"
    assert asked(model) == [CHAIN[0]]


def test_the_whole_chain_is_one_attempt(chained: Service, model: ModelServer) -> None:
    model.behave(fail=DOWN)
    assert post(chained, body()).status_code == 502
    assert asked(model) == list(CHAIN) * 3


def test_what_one_model_declines_is_not_asked_of_another(chained: Service, model: ModelServer) -> None:
    model.behave(refuse=True)
    assert post(chained, body()).json()["error"]["code"] == "provider_refused"
    assert asked(model) == [CHAIN[0]]


def test_a_second_answer_costs_nothing_and_names_the_model_of_the_first(chained: Service, model: ModelServer) -> None:
    request = body()
    model.behave(fail={**DOWN, "count": 1})
    first, second = post(chained, request), post(chained, request)
    assert [answer.headers["X-Cache"] for answer in (first, second)] == ["miss", "hit"]
    assert second.headers["X-Cost-USD"] == "0.000000"
    assert second.json()["model"] == first.json()["model"] == CHAIN[1]


def replied(service: Service, request: Body) -> Body:
    reply: Body = post(service, request).json()
    return reply


def replied_in_a_stream(service: Service, request: Body) -> Body:
    return streamed(service, request)[-1].data


@pytest.mark.parametrize("read", [replied, replied_in_a_stream])
@pytest.mark.parametrize("operation", ["questions", "qa"])
def test_the_offline_model_at_the_end_of_a_chain_stands_in_and_is_never_cached(
    serve: Serve, model: ModelServer, operation: str, read: Callable[[Service, Body], Body]
) -> None:
    service, request = serve(AI_FALLBACK_MODELS="offline"), body(operation)
    model.behave(fail=DOWN)
    reply = read(service, request)
    assert (reply["source"], reply["model"], reply["degraded"]) == ("offline", "offline", True)
    model.behave()
    assert read(service, request)["source"] == "model"
