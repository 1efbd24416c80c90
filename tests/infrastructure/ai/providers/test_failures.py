import json
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.errors import (
    ProviderBadAnswer,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderKeyRejected,
    ProviderRefused,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from app.core.settings import ModelSettings
from app.infrastructure.ai.providers import Hosted
from tests.infrastructure.ai.providers.conftest import answer
from tests.infrastructure.ai.providers.odd_model import OddModel
from tests.support.canaries import MODEL_KEY
from tests.support.model_server import ModelServer

IMPATIENT = {"ai_total_timeout": 0.3, "ai_first_token_timeout": 0.3, "ai_idle_timeout": 0.3}

TRANSLATIONS: list[tuple[dict[str, Any], type[ProviderError]]] = [
    ({"fail": {"status": 500}}, ProviderUnavailable),
    ({"fail": {"status": 503}}, ProviderUnavailable),
    ({"fail": {"status": 408}}, ProviderUnavailable),
    ({"fail": {"status": 429}}, ProviderBusy),
    ({"fail": {"status": 400}}, ProviderRejected),
    ({"fail": {"status": 404}}, ProviderRejected),
    ({"fail": {"status": 403}}, ProviderKeyRejected),
    ({"reject_key": True}, ProviderKeyRejected),
    ({"refuse": True}, ProviderRefused),
    ({"html": True}, ProviderBadAnswer),
    ({"text": " "}, ProviderBadAnswer),
    ({"truncate_after": 2}, ProviderInterrupted),
]


async def fail(hosted: Hosted, streamed: bool) -> ProviderError:
    """The error of a call that must fail."""
    with pytest.raises(ProviderError) as caught:
        await answer(hosted, streamed)
    return caught.value


@pytest.mark.parametrize(("behaviour", "error"), TRANSLATIONS)
async def test_a_failure_has_one_name_and_is_not_repeated_by_the_sdk(
    hosted: Hosted, server: ModelServer, streamed: bool, behaviour: dict[str, Any], error: type[ProviderError]
) -> None:
    server.behave(**behaviour)
    assert type(await fail(hosted, streamed)) is error
    assert len(server.calls()) == 1


@pytest.mark.parametrize(("seconds", "wait"), [(0, 0.0), (7, 7.0), (None, None)])
async def test_a_busy_provider_says_how_long_to_wait(
    hosted: Hosted, server: ModelServer, streamed: bool, seconds: int | None, wait: float | None
) -> None:
    server.behave(fail={"status": 429, "retry_after": seconds})
    assert (await fail(hosted, streamed)).retry_after == wait


@pytest.mark.parametrize("behaviour", [{"delay": 60}, {"stall_after": 1}])
async def test_a_silent_provider_is_a_timeout(
    served: ModelSettings,
    server: ModelServer,
    open_hosted: Callable[[ModelSettings], Hosted],
    streamed: bool,
    behaviour: dict[str, Any],
) -> None:
    server.behave(**behaviour)
    hosted = open_hosted(served.model_copy(update=IMPATIENT))
    assert type(await fail(hosted, streamed)) is ProviderTimeout


async def test_a_stream_that_ends_unfinished_was_interrupted(hosted: Hosted, server: ModelServer) -> None:
    server.behave(end_after=2)
    assert type(await fail(hosted, streamed=True)) is ProviderInterrupted


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, held so that nobody can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


async def test_a_refused_connection_is_not_charged(
    served: ModelSettings, open_hosted: Callable[[ModelSettings], Hosted], closed_port: int, streamed: bool
) -> None:
    address = f"http://127.0.0.1:{closed_port}"
    hosted = open_hosted(
        served.model_copy(
            update={"gemini_base_url": address, "openai_base_url": address, "anthropic_base_url": address}
        )
    )
    error = await fail(hosted, streamed)
    assert type(error) is ProviderUnavailable
    assert not error.charged


async def test_a_rejected_key_is_named_and_never_shown(
    hosted: Hosted, server: ModelServer, streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server.behave(reject_key=True)
    error = await fail(hosted, streamed)
    variable = f"{hosted.name.upper()}_API_KEY"
    assert str(error).startswith(f"{variable} was rejected by the provider")
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert variable in record.getMessage()
    assert MODEL_KEY not in caplog.text + str(error)


async def test_a_rejected_request_names_the_model_and_only_the_log_has_the_providers_code(
    hosted: Hosted, server: ModelServer, streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server.behave(fail={"status": 404})
    error = await fail(hosted, streamed)
    assert hosted.model in str(error)
    assert "simulated" not in str(error)
    assert f"{hosted.model} did not accept a request: 404 simulated" in caplog.text.replace("SIMULATED", "simulated")


@pytest.mark.parametrize("field", ["message", "code", "type"])
async def test_a_provider_that_quotes_the_request_is_not_logged(
    asked: Hosted, odd: OddModel, streamed: bool, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd.sends(json.dumps({"error": {"code": "too_long", field: "Your text was: The cat sat"}}).encode(), status=400)
    assert type(await fail(asked, streamed)) is ProviderRejected
    assert "did not accept a request: 400" in caplog.text
    assert "The cat sat" not in caplog.text


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"choices":null}', b'{"created":1e400,"choices":[{}]}', b"NaN"])
async def test_json_that_trips_an_sdk_is_a_bad_answer(
    asked: Hosted, odd: OddModel, streamed: bool, body: bytes
) -> None:
    odd.sends(b"data: " + body + b"\n\n" if streamed else body)
    assert type(await fail(asked, streamed)) is ProviderBadAnswer
