"""Ctrl-C and SIGTERM: what has begun is ended in good order, and nothing is left behind."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import ROOT, Event, body, connection, events, post


def to_the_server(service: Service, number: int) -> None:
    service.process.send_signal(number)


def to_everyone(service: Service, number: int) -> None:
    """As a terminal does."""
    os.killpg(service.process.pid, number)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("number", "send"), [(signal.SIGTERM, to_the_server), (signal.SIGINT, to_everyone)])
async def test_an_open_stream_is_ended_in_good_order_before_the_server_stops(
    model: ModelServer, workers: int, number: int, send: Callable[[Service, int], None]
) -> None:
    model.behave(chunks=20, chunk_delay=0.1)
    with Service(workers=workers, **model.gemini_env()) as service:
        lines: list[str] = []
        async with connection(service) as client, client.stream("POST", f"{ROOT}/stream", json=body()) as response:
            async for line in response.aiter_lines():
                lines.append(line)
                if line == "event: delta" and lines.count(line) == 1:
                    send(service, number)
        last: Event = list(events(lines))[-1]
        assert last.name == "done"
        await eventually(lambda: service.process.poll() is not None, within=15)
        assert "Traceback" not in service.output()
        assert service.process.returncode in (0, -number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_server_stops_and_its_workers_with_it(number: int) -> None:
    with Service(workers=2) as service:
        to_the_server(service, number)
        await eventually(lambda: service.process.poll() is not None, within=15)
        assert service.process.returncode == 0
        assert "Traceback" not in service.output()
        await eventually(lambda: not alive(service.process.pid))


async def test_a_draining_server_is_not_ready_but_still_serves(model: ModelServer) -> None:
    with Service(workers=1, DRAIN_SECONDS="3", **model.gemini_env()) as service:
        to_the_server(service, signal.SIGTERM)
        await eventually(lambda: service.anonymous.get("/readyz").status_code == 503)
        assert service.anonymous.get("/readyz").json() == {"status": "draining"}
        assert service.anonymous.get("/livez").status_code == 200
        assert post(service, body()).status_code == 200
        await eventually(lambda: service.process.poll() is not None, within=15)


def alive(group: int) -> bool:
    """Whether any process of that group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
