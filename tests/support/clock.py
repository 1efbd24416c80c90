"""A clock that tests move."""

import asyncio


class FakeClock:
    """Time stands still until `advance`; a sleep moves it at once, and `slept` remembers for how long."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self._time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self._time

    def monotonic(self) -> float:
        return self._time

    def advance(self, seconds: float) -> None:
        self._time += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)
