"""How late the event loop comes to its work."""

import asyncio

from app.core.events import Events, LoopLagged
from app.infrastructure.monitoring import Metrics
from app.infrastructure.monitoring.loop_lag import EVERY_SECONDS, watch_loop
from tests.support.clock import FakeClock
from tests.support.eventually import eventually


class Late(FakeClock):
    """Each sleep takes a tenth of a second longer than asked."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + 0.1)


async def test_the_lag_is_what_a_sleep_takes_too_long() -> None:
    heard = list[object]()
    watching = asyncio.create_task(watch_loop(clock := Late(), heard.append))
    await eventually(lambda: len(heard) >= 2)
    watching.cancel()
    assert clock.slept[0] == EVERY_SECONDS + 0.1
    assert isinstance(heard[0], LoopLagged)
    assert abs(heard[0].seconds - 0.1) < 1e-6


def test_the_lag_is_a_metric() -> None:
    events = Events()
    metrics = Metrics(events)
    events(LoopLagged(0.2))
    text = metrics.text().decode()
    assert 'event_loop_lag_seconds_bucket{le="0.1"} 0.0' in text
    assert 'event_loop_lag_seconds_bucket{le="0.25"} 1.0' in text
