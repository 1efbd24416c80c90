"""Traces as a collector gets them from a served process, and what a collector that fails does to the service."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx2
import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.attributes import error_attributes, http_attributes, network_attributes, url_attributes

from tests.support.collector import CLIENT, SERVER, Collector, Received
from tests.support.eventually import eventually
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.service import ADMIN_KEY, API_KEY, Service

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PROCESS = "POST /v1/trial/process"
CONVENTIONS = (error_attributes, gen_ai_attributes, http_attributes, network_attributes, url_attributes)
PATIENCE = 20
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}


class Traced:
    """A service, its model and its collector."""

    def __init__(self, service: Service, model: ModelServer, collector: Collector) -> None:
        self.service, self.model, self.collector = service, model, collector
        self._requests = 0

    def headers(self) -> dict[str, str]:
        """A caller with a trace of its own, a new one each time."""
        self._requests += 1
        self.trace = f"{self._requests:032x}"
        return {"traceparent": f"00-{self.trace}-{CALLER}-01"}

    def process(self, text: str, operation: str = "summarize") -> httpx2.Response:
        body = {"operation": operation, "text": text}
        return self.service.client.post("/v1/trial/process", json=body, headers=self.headers())

    async def spans(self) -> tuple[Received, list[Received]]:
        """The server span of the last request, and the calls below it."""
        await eventually(lambda: any(span.kind == SERVER for span in self.collector.spans(self.trace)), PATIENCE)
        spans = self.collector.spans(self.trace)
        [server] = [span for span in spans if span.kind == SERVER]
        return server, [span for span in spans if span.kind == CLIENT]


@pytest.fixture(scope="module")
def _traced(_model: ModelServer) -> Iterator[Traced]:
    with (
        Collector() as collector,
        Service(
            **_model.openai_env(),
            **QUICK,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            RESILIENCE_CUSTOM_CONFIG='{"retry_attempts": 1, "circuit_breaker_threshold": 20}',
        ) as service,
    ):
        yield Traced(service, _model, collector)


@pytest.fixture
def traced(_traced: Traced, model: ModelServer) -> Traced:
    return _traced


async def test_a_request_and_its_model_call_continue_the_callers_trace(traced: Traced) -> None:
    reply = traced.process("The kettle is older than the house.")
    server, [call] = await traced.spans()
    assert (server.name, server.parent, server.failed) == (PROCESS, CALLER, False)
    assert server.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/v1/trial/process",
        "network.protocol.version": "1.1",
        "url.path": "/v1/trial/process",
        "url.scheme": "http",
        "gatehouse.request_id": reply.headers["x-request-id"],
        "gatehouse.operation": "trial.summarize",
        "gatehouse.cache": "miss",
    }
    usage = reply.json()["usage"]
    assert (call.name, call.parent, call.failed) == ("chat gpt-4o-mini", server.id, False)
    assert call.attributes["gatehouse.operation"] == "trial.summarize"
    assert call.attributes["gen_ai.usage.input_tokens"] == usage["input_tokens"]
    assert call.attributes["gen_ai.usage.output_tokens"] == usage["output_tokens"]


async def test_the_provider_is_told_the_span_of_the_call(traced: Traced) -> None:
    traced.process("The provider has a collector too.")
    _, [call] = await traced.spans()
    assert traced.model.calls()[0]["traceparent"].startswith(f"00-{traced.trace}-{call.id}-")


async def test_a_stream_is_traced_to_its_end(traced: Traced) -> None:
    body = {"operation": "summarize", "text": "A long story about tea, told slowly."}
    traced.service.client.post("/v1/trial/stream", json=body, headers=traced.headers())
    server, [call] = await traced.spans()
    assert (server.name, call.parent) == ("POST /v1/trial/stream", server.id)
    assert call.attributes["gen_ai.response.time_to_first_chunk"] > 0
    assert call.attributes["gen_ai.usage.output_tokens"] > 0
    assert traced.model.calls()[0]["traceparent"][36:52] == call.id


async def test_a_client_that_leaves_is_no_failure_of_the_service(traced: Traced) -> None:
    traced.model.behave(chunks=4, stall_after=2)
    body = {"operation": "summarize", "text": "The guest leaves before the tea is served."}
    with traced.service.client.stream("POST", "/v1/trial/stream", json=body, headers=traced.headers()) as reply:
        next(reply.iter_lines())
    server, [call] = await traced.spans()
    assert not server.failed
    assert call.attributes["error.type"] == "cancelled"


async def test_a_cached_answer_names_its_operation_and_calls_no_model(traced: Traced) -> None:
    traced.process("The same tea twice.")
    traced.process("The same tea twice.")
    server, calls = await traced.spans()
    assert calls == []
    assert server.attributes["gatehouse.cache"] == "hit"
    assert server.attributes["gatehouse.operation"] == "trial.summarize"


async def test_a_stand_in_is_noted_and_the_failed_call_says_why(traced: Traced) -> None:
    traced.model.behave(fail={"status": 500})
    traced.process("The model is out for tea.")
    server, [call] = await traced.spans()
    assert (call.failed, call.attributes["error.type"]) == (True, "provider_unavailable")
    assert "gatehouse.degraded" in [name for name, _ in server.events]
    assert not server.failed


async def test_an_answer_that_fails_marks_the_request(traced: Traced) -> None:
    traced.model.behave(refuse=True)
    assert traced.process("The model says no to this tea.").status_code == 502
    server, _ = await traced.spans()
    assert (server.failed, server.attributes["error.type"]) == (True, "502")


async def test_a_refused_key_is_no_failure_of_the_service(traced: Traced) -> None:
    traced.service.anonymous.get("/v1/auth/status", headers=traced.headers() | {"X-API-Key": "nobody"})
    server, _ = await traced.spans()
    assert (server.attributes["http.response.status_code"], server.failed) == (401, False)


async def test_a_path_without_a_route_does_not_name_a_span(traced: Traced) -> None:
    traced.service.anonymous.request("PROPFIND", "/teapot/17", headers=traced.headers())
    server, _ = await traced.spans()
    assert server.name == "HTTP"
    assert server.attributes["http.request.method"] == "_OTHER"
    assert "http.route" not in server.attributes


async def test_log_lines_carry_the_trace_that_the_collector_has(traced: Traced) -> None:
    traced.service.client.get("/v1/auth/status", headers={"X-Request-ID": "without-a-trace"})
    await eventually(lambda: "without-a-trace" in traced.service.output(), PATIENCE)
    line = next(line for line in traced.service.output().splitlines() if "without-a-trace" in line)
    traced.trace = json.loads(line)["trace_id"]
    server, _ = await traced.spans()
    assert (server.parent, server.attributes["gatehouse.request_id"]) == ("", "without-a-trace")


async def test_no_span_holds_a_text_an_answer_or_a_key(traced: Traced) -> None:
    traced.model.behave(text="Marmalade follows.")
    traced.process("The swordfish swims in the sea of tea.")
    caller = traced.service.client.get("/v1/auth/status").json()["key_id"]
    await traced.spans()
    sent = b"".join(traced.collector.bodies)
    assert b"trial.summarize" in sent
    assert not [secret for secret in ("swordfish", "Marmalade", API_KEY, ADMIN_KEY, caller) if secret.encode() in sent]


async def test_every_attribute_is_ours_or_the_conventions(traced: Traced) -> None:
    traced.process("Every attribute has a home.")
    server, [call] = await traced.spans()
    known = {value for module in CONVENTIONS for value in vars(module).values() if isinstance(value, str)}
    used = {name for name in server.attributes | call.attributes if not name.startswith("gatehouse.")}
    assert used <= known


async def test_the_operators_own_port_is_traced_as_well() -> None:
    port = free_port()
    with (
        Collector() as collector,
        Service(**QUICK, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, INTERNAL_PORT=str(port)),
    ):
        httpx2.get(f"http://127.0.0.1:{port}/internal/", trust_env=False)
        await eventually(lambda: any("/internal" in span.name for span in collector.spans()), PATIENCE)


def test_a_stopping_process_sends_what_it_still_holds() -> None:
    with Collector() as collector:
        with Service(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="600000") as service:
            service.process_text()
            assert collector.spans() == []
            service.stop()
        assert PROCESS in {span.name for span in collector.spans()}


async def test_a_dead_collector_is_reported_once_and_once_when_it_is_back() -> None:
    port = free_port()
    with Service(**QUICK, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}") as service:
        await eventually(lambda: "takes no spans" in service.output(), PATIENCE)
        for number in range(50):
            assert service.process_text(f"Tea number {number} is served without a collector.").status_code == 200
        with Collector(port) as collector:
            await _until_taken(service, collector)
            await eventually(lambda: "takes spans again" in service.output(), PATIENCE)
        assert service.output().count("takes no spans") == 1
        assert "opentelemetry" not in service.output()


async def _until_taken(service: Service, collector: Collector) -> None:
    def taken() -> bool:
        service.process_text()
        return bool(collector.spans())

    await eventually(taken, PATIENCE)


def test_a_silent_collector_does_not_keep_a_process_from_stopping() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as silent,
        Service(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}") as service,
    ):
        assert service.process_text().status_code == 200
        service.stop()  # fails unless it ends by itself


@pytest.fixture(scope="module")
def untraced(_model: ModelServer) -> Iterator[httpx2.Client]:
    with running(**_model.openai_env()) as client:
        yield client


def test_without_a_collector_the_provider_gets_the_callers_trace(untraced: httpx2.Client, model: ModelServer) -> None:
    given = f"00-{TRACE}-{CALLER}-01"
    body = {"operation": "summarize", "text": "Nobody records this tea."}
    untraced.post("/v1/trial/process", json=body, headers={"traceparent": given})
    assert [call["traceparent"] for call in model.calls()] == [given]


@pytest.mark.parametrize("given", ["", f"00-{'0' * 32}-{CALLER}-01", f"ff-{TRACE}-{CALLER}-01", f"00-{TRACE}-{CALLER}"])
def test_a_trace_that_cannot_be_joined_is_replaced(untraced: httpx2.Client, model: ModelServer, given: str) -> None:
    body = {"operation": "summarize", "text": f"Nobody joins this tea: {given}."}
    untraced.post("/v1/trial/process", json=body, headers={"traceparent": given})
    [call] = model.calls()
    assert call["traceparent"].endswith("-00")
    assert TRACE not in call["traceparent"]
