"""Equal questions cost one call, however many processes they reach."""

import asyncio
from collections.abc import Sequence

from httpx2 import Response

from tests.fleet.conftest import Twins
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import ROOT, at_once, body, connection, metric
from tests.support.valkey import ValkeyServer

FREE = {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0}


def one_paid(answers: Sequence[Response]) -> bool:
    """Whether all were answered, and all but one for nothing."""
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    replies = [answer.json() for answer in answers]
    assert len({reply["result"] for reply in replies}) == 1
    assert sorted(reply["source"] for reply in replies) == ["cache"] * (len(replies) - 1) + ["model"]
    return [reply["usage"] for reply in replies].count(FREE) == len(replies) - 1


async def test_twenty_equal_questions_to_two_instances_cost_one_call(twins: Twins, model: ModelServer) -> None:
    model.behave(delay=1)
    assert one_paid(await at_once(twins, [body()] * 20))
    assert len(model.calls()) == 1


async def test_twenty_equal_questions_to_two_workers_cost_one_call(model: ModelServer, valkey: ValkeyServer) -> None:
    model.behave(delay=1)
    with Service(workers=2, REDIS_URL=valkey.url, **model.gemini_env()) as service:
        # The kernel hands out connections as it likes, so ask until both workers have had some.
        for rounds in range(1, 10):
            assert one_paid(await at_once([service], [body()] * 20))
            assert len(model.calls()) == rounds
            if metric(service, "singleflight_followers_total", scope="fleet"):
                return
    raise AssertionError("one worker had all connections")


async def test_equal_items_of_batches_at_two_instances_cost_one_call(twins: Twins, model: ModelServer) -> None:
    model.behave(delay=1)
    batch = {"requests": [body()] * 10}
    replies = [answer.json() for answer in await at_once(twins, [batch, batch], "batch_process")]
    usages = [item["response"]["usage"] for reply in replies for item in reply["results"]]
    assert usages.count(FREE) == 19
    assert len(model.calls()) == 1


async def test_a_failure_is_shared_like_an_answer(twins: Twins, model: ModelServer) -> None:
    model.behave(fail={"status": 400}, delay=2)
    answers = await at_once(twins, [body("questions")] * 20)
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {(502, "provider_rejected")}
    assert len({answer.json()["error"]["request_id"] for answer in answers}) == 20
    assert len(model.calls()) == 1


async def test_different_questions_are_not_confused(twins: Twins, model: ModelServer) -> None:
    answers = await at_once(twins, [body() for _ in range(20)])
    assert len({answer.json()["result"] for answer in answers}) == 20
    assert len(model.calls()) == 20


async def test_an_instance_that_dies_with_the_call_is_followed_by_another(
    twins: Twins, model: ModelServer, valkey: ValkeyServer
) -> None:
    _, survivor = twins
    request = body()
    with Service(workers=1, REDIS_URL=valkey.url, **model.gemini_env()) as doomed:
        model.behave(delay=60)
        async with connection(doomed) as first, connection(survivor) as second:
            lost = asyncio.create_task(first.post(f"{ROOT}/process", json=request))
            await eventually(lambda: len(model.calls()) == 1)
            model.behave()
            followers = metric(survivor, "singleflight_followers_total", scope="fleet")
            waiting = asyncio.create_task(second.post(f"{ROOT}/process", json=request))
            await eventually(lambda: metric(survivor, "singleflight_followers_total", scope="fleet") > followers)
            doomed.process.kill()
            answer = await waiting
            await asyncio.wait([lost])
            assert lost.exception() is not None
    assert (answer.status_code, answer.json()["source"]) == (200, "model")
    assert len(model.calls()) == 2
