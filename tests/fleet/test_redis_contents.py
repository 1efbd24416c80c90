"""What lies in Redis, who may read it back, and how operators remove it."""

import pickle

import pytest
from redis import Redis

from tests.fleet.conftest import Twins
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import Body, body, post
from tests.support.valkey import ValkeyServer

ENVELOPE = b"GH\x01"
ZSTD = b"\x28\xb5\x2f\xfd"
DROPPED = {"l1": 1, "l2": 1}


def keys(redis: Redis) -> list[bytes]:
    return list(redis.scan_iter(match="gatehouse:cache:*"))


def only_value(redis: Redis) -> bytes:
    [key] = keys(redis)
    value = redis.get(key)
    assert isinstance(value, bytes)
    return value


def test_an_answer_lies_there_as_json_in_an_envelope_under_a_key_without_words(
    twins: Twins, redis: Redis, model: ModelServer
) -> None:
    reply = post(twins[0], body()).json()
    value = only_value(redis)
    assert value.startswith(ENVELOPE)
    assert value.endswith(f'\n"{reply["result"]}"'.encode())
    group, _, digest = keys(redis)[0].rpartition(b":")
    assert group == b"gatehouse:cache:answer:trial.qa"
    assert len(bytes.fromhex(digest.decode())) == 16


@pytest.mark.parametrize(("length", "compressed"), [(900, False), (3000, True)])
def test_an_answer_above_the_threshold_is_compressed_and_read_back_whole(
    twins: Twins, redis: Redis, model: ModelServer, length: int, compressed: bool
) -> None:
    one, other = twins
    answer, request = ("cake " * length)[:length].strip(), body()
    model.behave(text=answer)
    post(one, request)
    value = only_value(redis)
    assert (ZSTD in value) is compressed
    assert (len(value) < length) is compressed
    reply = post(other, request).json()
    assert (reply["source"], reply["result"]) == ("cache", answer)


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"GH",
        b"not ours",
        b"\xff" * 200,
        pickle.dumps({"body": b"x"}),
        b"GH\x01" + b"\x00" * 60,
        b'"a plain string"',
    ],
)
def test_foreign_bytes_under_our_keys_are_misses(
    twins: Twins, redis: Redis, model: ModelServer, foreign: bytes
) -> None:
    one, other = twins
    request = body()
    result = post(one, request).json()["result"]
    redis.set(keys(redis)[0], foreign)
    reply = post(other, request).json()
    assert (reply["source"], reply["result"]) == ("model", result)
    assert only_value(redis).startswith(ENVELOPE)


def test_the_answer_to_another_question_is_a_miss(twins: Twins, redis: Redis, model: ModelServer) -> None:
    one, other = twins
    asked, else_asked = body(), body()
    post(one, asked)
    value = only_value(redis)
    result = post(one, else_asked).json()["result"]
    for key in keys(redis):
        redis.set(key, value)
    assert post(other, else_asked).json()["result"] == result


def test_a_damaged_answer_is_a_miss(twins: Twins, redis: Redis, model: ModelServer) -> None:
    one, other = twins
    request = body()
    post(one, request)
    value = only_value(redis)
    redis.set(keys(redis)[0], value[:-2] + b"?" + value[-1:])
    assert post(other, request).json()["source"] == "model"


def invalidate(service: Service, **selector: object) -> dict[str, object]:
    done = service.operator.post("/internal/cache/invalidate", json=selector)
    assert done.status_code == 200, done.text
    removed: dict[str, object] = done.json()["removed"]
    return removed


def known(service: Service, request: Body) -> bool:
    return bool(post(service, request).json()["source"] == "cache")


@pytest.mark.parametrize(
    "selector",
    [
        {"operation": "qa"},
        {"operation": "trial.qa"},
        {"key_prefix": "trial.qa:"},
    ],
)
def test_an_operators_selection_is_forgotten_in_both_tiers_and_nothing_else(
    twins: Twins, redis: Redis, model: ModelServer, selector: dict[str, object]
) -> None:
    service, _ = twins
    invalidate(service, all=True)
    chosen, spared = body("qa"), body("questions")
    post(service, chosen), post(service, spared)
    assert invalidate(service, **selector, dry_run=True) == DROPPED
    assert known(service, chosen)
    assert invalidate(service, **selector) == DROPPED
    assert len(keys(redis)) == 1
    assert known(service, spared)
    assert not known(service, chosen)


@pytest.mark.parametrize("selector", [{"domain": "trial"}, {"all": True}])
def test_everything_is_forgotten_only_when_asked_for(
    twins: Twins, redis: Redis, model: ModelServer, selector: dict[str, object]
) -> None:
    service, _ = twins
    invalidate(service, all=True)
    requests = [body("qa"), body("questions")]
    for request in requests:
        post(service, request)
    assert invalidate(service, **selector) == {"l1": 2, "l2": 2}
    assert keys(redis) == []
    assert not any(known(service, request) for request in requests)


@pytest.mark.parametrize("selector", [{}, {"dry_run": True}, {"all": False}, {"all": True, "operation": "qa"}])
def test_nothing_selected_or_too_much_is_refused(
    twins: Twins, redis: Redis, model: ModelServer, selector: dict[str, object]
) -> None:
    service, _ = twins
    request = body()
    post(service, request)
    refused = service.operator.post("/internal/cache/invalidate", json=selector)
    assert refused.status_code == 422
    assert known(service, request)


def test_every_instance_forgets(twins: Twins, redis: Redis, model: ModelServer) -> None:
    invalidate(twins[0], all=True)
    request = body()
    for service in twins:
        post(service, request)
    assert invalidate(twins[0], operation="qa") == {"l1": 2, "l2": 1}
    assert not known(twins[1], request)


def test_without_redis_an_instance_forgets_only_for_itself_and_only_when_told_so(
    twins: Twins, model: ModelServer, valkey: ValkeyServer
) -> None:
    service, _ = twins
    invalidate(service, all=True)
    request = body()
    post(service, request)
    valkey.kill()
    selector = {"operation": "qa"}
    assert service.operator.post("/internal/cache/invalidate", json=selector).status_code == 503
    assert known(service, request)
    done = service.operator.post("/internal/cache/invalidate?local=true", json=selector).json()
    assert done["removed"] == {"l1": 1, "l2": None}
    assert not known(service, request)
