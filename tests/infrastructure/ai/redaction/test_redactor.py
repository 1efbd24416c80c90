"""Personal data and secrets go out as placeholders, and come back in the answer to the one who sent them."""

import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.caller import Caller
from app.core.events import Events
from app.infrastructure.ai import Models
from app.infrastructure.ai.answer import Answer, cache_key
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.providers import Offline
from app.infrastructure.ai.redaction import Vault
from app.infrastructure.ai.redaction.redactor import Redactor
from scripts.bench_redaction import false_alarms, recall
from tests.infrastructure.ai.house import CALLER, TERMS, House, Scripted, tea

OTHER = Caller("key-2", frozenset({"text:use"}))
REDACTOR = Redactor()
TEXT = "Ask ann@example.org or bob@example.org, never ann@example.org, on +44 20 7946 0958."
HIDDEN = "Ask <EMAIL_1> or <EMAIL_2>, never <EMAIL_1>, on <PHONE_1>."

FOUND = {
    "ann.o'neil+news@mail.example.co.uk": "<EMAIL_1>",
    "jürgen@bücher.example": "<EMAIL_1>",
    "DE89 3704 0044 0532 0130 00 AND MORE": "<IBAN_1> AND MORE",
    "GB29NWBK60161331926819": "<IBAN_1>",
    "4111 1111 1111 1111": "<CARD_1>",
    "378282246310005": "<CARD_1>",
    "219-09-9998": "<ID_1>",
    "86095742719": "<ID_1>",
    "54362315K": "<ID_1>",
    "RCCMNL83S18D969H": "<ID_1>",
    "880320-0016": "<ID_1>",
    "(212) 555-0187": "<PHONE_1>",
    "06 12 34 56 78": "<PHONE_1>",
    "0171 2345678": "<PHONE_1>",
    "AKIAQ3ZT7MNB2XKWPLDV": "<KEY_1>",
    "Bearer abcdef0123456789ABCDEF": "Bearer <KEY_1>",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----": "<KEY_1>",
}
LEFT = [
    "4111 1111 1111 1112",
    "DE88 3704 0044 0532 0130 00",
    "2026-11-20 10:45:00",
    "version 1.23.456.789",
    "550e8400-e29b-41d4-a716-446655440000",
    "$1,234,567.89 of 12345",
    "me@localhost and @ann",
    "000-12-3456",
]


def hiding(model: Scripted) -> House:
    house = House(model)
    house.gateway = replace(house.gateway, redactor=REDACTOR)
    return house


@pytest.mark.parametrize("text", FOUND)
def test_what_is_personal_or_secret_is_hidden(text: str) -> None:
    assert REDACTOR.redact(f"It is {text}.", Vault()) == f"It is {FOUND[text]}."


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert REDACTOR.redact(text, Vault()) == text


def test_recall_and_false_alarms_stay_as_published() -> None:
    assert min(recall(REDACTOR, 200).values()) >= 0.9
    alarms = false_alarms(REDACTOR, 200)
    assert max(share for kind, share in alarms.items() if "number" not in kind) <= 0.01
    assert max(alarms.values()) <= 0.15


@settings(max_examples=300)
@given(st.text("0123456789 .-+/()@ABCXYZa_<>:\n", max_size=80))
def test_any_text_can_be_hidden_and_comes_back(text: str) -> None:
    question, vault = REDACTOR.hide(CALLER, tea(text))
    answer = Answer(question.adapter.dump_json(question.material), "model", "one")
    assert question.adapter.validate_json(vault.restored(answer).body) == text


def test_a_placeholder_that_the_text_holds_already_is_not_used() -> None:
    question, _ = REDACTOR.hide(CALLER, tea("<EMAIL_1> is ann@example.org"))
    assert question.material == "<EMAIL_1> is <EMAIL_2>"


def calls_to_hide(addresses: int, before: str) -> int:
    """How many calls of functions it takes to hide a text with so many addresses."""
    text = " ".join([before.format(number) for number in range(addresses)] + [f"{n}@b.co" for n in range(addresses)])
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        REDACTOR.redact(text, Vault())
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("before", ["", "<EMAIL_{}>"])
def test_twice_the_addresses_are_twice_the_work(before: str) -> None:
    once = calls_to_hide(300, before)
    assert once > 300
    assert calls_to_hide(600, before) < 2.2 * once


async def test_the_model_reads_placeholders_and_the_caller_reads_values() -> None:
    house = hiding(Scripted("Write to <EMAIL_2>, not <EMAIL_9>."))
    answer = await house.ask(tea(TEXT, asked="And carl@example.org?"))
    assert answer.body == b'"Write to bob@example.org, not <EMAIL_9>."'
    assert HIDDEN in house.model.asked[0].user[0]
    assert "<EMAIL_3>" in house.model.asked[0].user[1]
    assert "@example.org" not in "".join(house.model.asked[0].user)


async def test_a_kept_answer_holds_placeholders_and_is_restored_again() -> None:
    house = hiding(Scripted("Write to <EMAIL_1>."))
    first, second = await house.ask(tea(TEXT)), await house.ask(tea(TEXT))
    assert (second.source, second.body) == ("cache", first.body)
    assert (await house.stream(tea(TEXT)))[0] == "Write to ann@example.org."
    kept = await house.cache.get(cache_key("one", REDACTOR.hide(CALLER, tea(TEXT))[0]))
    assert kept is not None
    assert kept.body.endswith(b'"Write to <EMAIL_1>."')


async def test_no_other_caller_and_no_other_text_gets_a_kept_answer() -> None:
    house = hiding(Scripted("Write to <EMAIL_1>."))
    await house.ask(tea(TEXT))
    other = await house.gateway.ask(OTHER, tea(TEXT), TERMS)
    changed = await house.ask(tea(TEXT.replace("ann@", "eve@")))
    assert (other.source, changed.source) == ("model", "model")
    assert changed.body == b'"Write to eve@example.org."'
    assert house.model.asked[0].user[0].count("<EMAIL_1>") == house.model.asked[2].user[0].count("<EMAIL_1>")


async def test_texts_without_personal_data_share_their_answers() -> None:
    house = hiding(Scripted("Late."))
    await house.ask(tea("Tea was late."))
    assert (await house.gateway.ask(OTHER, tea("Tea was late."), TERMS)).source == "cache"


async def test_an_offline_answer_is_kept_from_other_texts_that_look_the_same_when_hidden() -> None:
    house = hiding(Scripted("unused"))
    models = Models([Offline()], StreamClocks(30, 15), Events(), house.clock)
    house.gateway = replace(house.gateway, dialogue=replace(house.gateway.dialogue, models=models))
    for name in ("ann", "eve"):
        text = f"Ask {name}@example.org."
        assert (await house.ask(tea(text, offline=partial(str, text)))).body == f'"{text}"'.encode()


@pytest.mark.parametrize("cut", range(1, 12))
async def test_a_stream_restores_placeholders_across_its_pieces(cut: int) -> None:
    text = "To <EMAIL_1>, <b> or <EMAIL_7> <"

    async def pieces() -> AsyncGenerator[str | Answer, None]:
        for at in range(0, len(text), cut):
            yield text[at : at + cut]
        yield Answer(b'"<EMAIL_1>"', "model", "one")

    *said, answer = [piece async for piece in Vault({"<EMAIL_1>": 'a"b'}).reading(pieces())]
    assert "".join(said) == 'To a"b, <b> or <EMAIL_7> <'
    assert answer.body == b'"a\\"b"'


async def test_a_typed_answer_is_restored_as_json() -> None:
    house = hiding(Scripted('["<EMAIL_1>", "<KEY_1>"]'))
    answer = await house.ask(tea("ann@example.org, AKIAQ3ZT7MNB2XKWPLDV", list[str]))
    assert answer.body == b'["ann@example.org","AKIAQ3ZT7MNB2XKWPLDV"]'
