"""The search for canaries, which goes on in all tests, finds what is planted in each of its places."""

from collections.abc import Iterator

import pytest
from httpx2 import Client
from redis import Redis

from tests.support import canaries
from tests.support.canaries import API_KEY, ASKED, CANARIES, MODEL_KEY, TEXT
from tests.support.collector import Collector
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import body, post
from tests.support.valkey import valkey_server


@pytest.fixture(autouse=True)
def _planted() -> Iterator[None]:
    with canaries.planted():
        yield


def test_a_service_that_logs_them_fails() -> None:
    with pytest.raises(AssertionError, match="the log told") as failed, Service() as service:
        service.anonymous.get("/" + "/".join(CANARIES))
    assert {word for word in CANARIES if repr(word) not in str(failed.value)} == set()


def test_a_service_that_counts_one_fails() -> None:
    with (
        pytest.raises(AssertionError, match="the metrics told a key"),
        Service(AI_MODEL=f"openai:{MODEL_KEY}", OPENAI_API_KEY="x") as service,
    ):
        post(service, body("summarize"))


def test_a_server_that_answers_with_one_fails(model: ModelServer) -> None:
    with Client(event_hooks={"response": [canaries.search_error]}, trust_env=False) as client:
        assert client.get(f"{model.url}/nothing").status_code == 404
        with pytest.raises(AssertionError, match=r"the answer to GET .* told a key"):
            client.get(f"{model.url}/{API_KEY}")


def test_a_redis_with_one_in_the_name_of_a_key_fails() -> None:
    with (
        pytest.raises(AssertionError, match="Redis told a text"),
        valkey_server() as server,
        Redis.from_url(server.url) as redis,
    ):
        redis.set(f"gatehouse:{TEXT}", 1)


def test_a_trace_with_one_fails() -> None:
    with (
        pytest.raises(AssertionError, match="a trace told a question"),
        Collector() as collector,
        Client(trust_env=False) as client,
    ):
        client.post(f"{collector.url}/v1/traces", content=ASKED.encode())


def test_what_tests_send_and_get_holds_a_canary_each(model: ModelServer) -> None:
    with Service(**model.gemini_env()) as service:
        answer = post(service, body()).text
    (call,) = model.calls()
    passed = f"{call['body']} {answer}"
    assert [what for word, what in CANARIES.items() if word in passed] == ["a text", "a question", "an answer"]


def test_what_is_planted_on_purpose_is_not_counted() -> None:
    with canaries.planted(), pytest.raises(AssertionError, match="the log told a key"):
        canaries.search("the log", API_KEY)
    assert canaries.searched["found"] == 0
