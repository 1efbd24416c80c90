"""How the models are doing, judged by the traffic that passes: asking them would cost money and tell less."""

from app.core.events import Events, ModelCalled

from .health import Component

FAILURES = 3


class ModelHealth:
    """Healthy until `FAILURES` calls in a row have failed; a refusal or a caller who left says nothing."""

    def __init__(self, model: str, events: Events) -> None:
        self._model, self._failures, self._last = model, 0, ""
        events.on(ModelCalled, self._saw)

    async def __call__(self) -> Component:
        if self._failures < FAILURES:
            return Component("healthy", self._model)
        return Component("degraded", f"{self._model}: the last {self._failures} calls failed ({self._last})")

    def _saw(self, event: ModelCalled) -> None:
        if event.outcome == "success":
            self._failures = 0
        elif event.outcome not in ("cancelled", "provider_refused"):
            self._failures, self._last = self._failures + 1, event.outcome
