"""Work for a policy to call, and what to ask of its breaker."""

from app.core.clock import Clock
from app.core.events import BreakerState
from app.infrastructure.resilience.breaker import Breaker


class Upstream:
    """Plays one step of the script per call, the last one for ever; `seconds` pass on the clock in each."""

    def __init__(self, *script: BaseException | str, clock: Clock | None = None, seconds: float = 0) -> None:
        self._script = list(script)
        self._clock, self._seconds = clock, seconds
        self.calls = 0

    async def __call__(self) -> str:
        step = self._script[min(self.calls, len(self._script) - 1)]
        self.calls += 1
        if self._clock is not None:
            await self._clock.sleep(self._seconds)
        if isinstance(step, BaseException):
            raise step
        return step


def assert_state(breaker: Breaker, expected: BreakerState) -> None:
    assert breaker.state == expected
