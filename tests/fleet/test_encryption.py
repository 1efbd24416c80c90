"""Answers in Redis that are sealed with keys of the fleet."""

import base64
import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from redis import Redis

from tests.fleet.test_redis_contents import keys, only_value
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import body, post
from tests.support.valkey import ValkeyServer

ANSWER = "canary-sealed-answer"


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


OLD, NEW = key("old"), key("new")


@pytest.fixture(scope="module")
def _services(_model: ModelServer, _valkey: ValkeyServer) -> Iterator[dict[str, Service]]:
    shared = _model.gemini_env() | {"REDIS_URL": _valkey.url}
    rings = {"old": OLD, "both": f"{NEW},{OLD}", "none": ""}
    with ExitStack() as stack:
        yield {name: stack.enter_context(Service(CACHE_ENCRYPTION_KEYS=ring, **shared)) for name, ring in rings.items()}


@pytest.fixture
def services(_services: dict[str, Service], valkey: ValkeyServer, model: ModelServer) -> dict[str, Service]:
    model.behave(text=ANSWER)
    return _services


def source(service: Service, request: dict[str, object]) -> str:
    reply = post(service, request).json()
    assert reply["result"] == ANSWER
    return str(reply["source"])


def test_answers_in_redis_are_sealed_and_shared(services: dict[str, Service], redis: Redis) -> None:
    request = body("qa")
    assert source(services["old"], request) == "model"
    value = only_value(redis)
    assert value.startswith(b"GH\x02\x03old")
    assert ANSWER.encode() not in value
    assert source(services["both"], request) == "cache"


def test_the_newest_key_seals_and_those_who_do_not_have_it_ask_the_model(
    services: dict[str, Service], redis: Redis
) -> None:
    request = body("qa")
    source(services["both"], request)
    assert only_value(redis).startswith(b"GH\x02\x03new")
    assert source(services["old"], request) == "model"


def test_without_keys_a_sealed_answer_is_a_miss_and_with_keys_a_plain_one(
    services: dict[str, Service], redis: Redis
) -> None:
    sealed, plain = body("qa"), body("qa")
    source(services["old"], sealed)
    assert source(services["none"], sealed) == "model"
    source(services["none"], plain)
    assert source(services["both"], plain) == "model"


def test_a_changed_or_moved_answer_is_a_miss(services: dict[str, Service], redis: Redis) -> None:
    one, other = body("qa"), body("qa")
    source(services["old"], one)
    value = only_value(redis)
    redis.set(keys(redis)[0], value[:-1] + bytes([value[-1] ^ 1]))
    assert source(services["both"], one) == "model"
    source(services["old"], other)
    for name in keys(redis):
        redis.set(name, value)
    assert source(services["both"], other) == "model"
