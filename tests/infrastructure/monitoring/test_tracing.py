"""Events in, spans out, as a collector receives them."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.core.context import traceparent
from app.core.events import AttemptFailed, CacheLookup, Degraded, Events, ModelCallBegan, ModelCalled
from app.infrastructure.monitoring.tracing import Tracing
from tests.support.collector import CLIENT, SERVER, Collector, Received

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


class House:
    """Tracing and those who report to it."""

    def __init__(self, collector: Collector) -> None:
        self._collector, self.events = collector, Events()
        self.tracing = Tracing(collector.url, {"service.name": "house", "service.version": "7"}, self.events)

    def call(self, model: str = "openai:gpt-5", outcome: str = "success") -> str:
        """Report a whole call; the `traceparent` that went out with it."""
        provider = model.partition(":")[0]
        self.events(ModelCallBegan("area.deed", provider, model))
        sent = traceparent.get()
        self.events(ModelCalled("area.deed", provider, model, outcome, 12, 3, 0.25, 0.5, 2.0))
        return sent

    async def spans(self) -> list[Received]:
        await self.tracing.aclose()
        return self._collector.spans()


@pytest.fixture
def house(collector: Collector) -> House:
    return House(collector)


async def test_a_call_is_a_client_span_by_the_genai_conventions(house: House) -> None:
    house.call()
    [span] = await house.spans()
    assert (span.name, span.kind, span.failed) == ("chat gpt-5", CLIENT, False)
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.response.time_to_first_chunk": 0.5,
        "gatehouse.operation": "area.deed",
        "gatehouse.cost_usd": 0.25,
    }


async def test_gemini_has_its_own_names_in_the_conventions(house: House) -> None:
    house.call("gemini:gemini-2.5-flash")
    [span] = await house.spans()
    assert span.name == "generate_content gemini-2.5-flash"
    assert span.attributes["gen_ai.provider.name"] == "gcp.gemini"


async def test_a_failed_call_says_why_and_claims_no_usage(house: House) -> None:
    house.call(outcome="provider_timeout")
    [span] = await house.spans()
    assert span.failed
    assert span.attributes["error.type"] == "provider_timeout"
    assert not any(name.startswith("gen_ai.usage") for name in span.attributes)


async def test_each_attempt_is_a_span_of_its_own_under_the_request(house: House) -> None:
    with house.tracing.request("POST", {}, {}):
        sent = [house.call(outcome="provider_busy"), house.call()]
    first, second, request = await house.spans()
    assert (request.kind, request.parent) == (SERVER, "")
    assert first.parent == second.parent == request.id
    assert [header[:52] for header in sent] == [f"00-{request.trace}-{call.id}" for call in (first, second)]


async def test_calls_at_once_keep_their_spans_apart(house: House) -> None:
    both_began = asyncio.Barrier(2)

    async def call(model: str) -> None:
        house.events(ModelCallBegan("area.deed", "openai", f"openai:{model}"))
        await both_began.wait()
        house.events(ModelCalled("area.deed", "openai", f"openai:{model}", model, 0, 0, None, None, 1.0))

    with house.tracing.request("POST", {}, {}):
        await asyncio.gather(call("a"), call("b"))
    calls = [span for span in await house.spans() if span.kind == CLIENT]
    assert {(span.name, span.attributes["error.type"]) for span in calls} == {("chat a", "a"), ("chat b", "b")}


async def test_a_request_joins_the_trace_of_its_caller(house: House) -> None:
    with house.tracing.request("GET", {"url.path": "/x"}, {"traceparent": f"00-{TRACE}-{CALLER}-01"}):
        pass
    [span] = await house.spans()
    assert (span.trace, span.parent) == (TRACE, CALLER)
    assert span.attributes["url.path"] == "/x"


async def test_what_the_caller_does_not_record_is_not_recorded_here_either(house: House) -> None:
    with house.tracing.request("GET", {}, {"traceparent": f"00-{TRACE}-{CALLER}-00"}):
        sent = house.call()
    assert await house.spans() == []
    assert sent.startswith(f"00-{TRACE}-")
    assert sent.endswith("-00")


async def test_what_happens_on_the_way_is_noted_on_the_request(house: House) -> None:
    with house.tracing.request("POST", {}, {}):
        house.tracing.asked("area.deed")
        house.events(CacheLookup("l1", "miss"))
        house.events(CacheLookup("l2", "hit"))
        house.events(AttemptFailed("area.deed", 1, "provider_busy", None))
        house.events(Degraded("area.deed", "circuit_open"))
    [span] = await house.spans()
    assert span.attributes == {"gatehouse.operation": "area.deed", "gatehouse.cache": "hit"}
    assert span.events == [
        ("gatehouse.cache_lookup", {"tier": "l1", "result": "miss"}),
        ("gatehouse.cache_lookup", {"tier": "l2", "result": "hit"}),
        ("gatehouse.attempt_failed", {"policy": "area.deed", "attempt": 1, "code": "provider_busy"}),
        ("gatehouse.degraded", {"operation": "area.deed", "reason": "circuit_open"}),
    ]


async def test_work_that_outlives_its_request_is_still_traced(house: House) -> None:
    answered = asyncio.Event()

    async def linger() -> None:
        await answered.wait()
        house.events(CacheLookup("l1", "miss"))
        house.call()

    with house.tracing.request("POST", {}, {}):
        lingering = asyncio.create_task(linger())
    answered.set()
    await lingering
    request, call = await house.spans()
    assert (call.parent, request.events) == (request.id, [])


async def test_the_process_is_described_and_the_environment_has_the_last_word(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "renamed")
    house = House(collector)
    house.call()
    [span] = await house.spans()
    assert (span.resource["service.name"], span.resource["service.version"]) == ("renamed", "7")


def test_a_service_without_tracing_imports_none_of_it() -> None:
    program = """
import asyncio, sys
from app.main import create_app
from app.core.settings import Settings
from app.resources import open_resources

async def main():
    settings = Settings(_env_file=None)
    create_app(settings)
    async with open_resources(settings) as resources:
        heavy = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
        print(resources.tracing, heavy)

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={}, check=True)
    assert done.stdout.splitlines()[-1] == "None []"


def test_the_start_is_refused_where_the_extra_is_not_installed() -> None:
    program = "import sys; sys.modules['opentelemetry.exporter'] = None; from app.cli import build; build()(['serve'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
    )
    assert done.returncode == 2
    assert "OTEL_EXPORTER_OTLP_ENDPOINT: tracing is not installed: pip install -r" in done.stderr
