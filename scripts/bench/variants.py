"""The service with one thing changed, for what cannot be measured from outside. Uvicorn factories."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.types import ASGIApp

from app.core.settings import Settings
from app.infrastructure.ai import Models
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.question import Completion, Delta, Prompt, Usage
from app.infrastructure.cache import Entry
from app.resources import Opener, Resources, open_resources
from app.serving import serve_app
from tests.support import house  # noqa: F401 - its import installs the domain that is measured

MANY_ENTRIES, MANY_POLICIES = 100_000, 500
_ANSWER = "The guests waited for their tea and ate the cake."


class Costless:
    """A provider that answers at once."""

    name, model = "costless", "costless:model"

    def load(self) -> None:
        """There is nothing to load."""

    async def complete(self, prompt: Prompt) -> Completion:
        return Completion(_ANSWER, Usage(200, 12, 0.0001), self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        yield Delta(_ANSWER, Usage(200, 12, 0.0001), self.model)

    async def aclose(self) -> None:
        """There is nothing to close."""


def costless() -> ASGIApp:
    return serve_app(_changed(_with_costless_provider))


def many_entries() -> ASGIApp:
    """Wants CACHE_MEMORY_ENTRIES above their number."""
    return serve_app(_changed(_with_entries))


def many_policies() -> ASGIApp:
    return serve_app(_changed(_with_policies))


def _changed(change: Callable[[Resources], Awaitable[Resources]]) -> Opener:
    @asynccontextmanager
    async def opener(settings: Settings) -> AsyncIterator[Resources]:
        async with open_resources(settings) as resources:
            yield await change(resources)

    return opener


async def _with_costless_provider(resources: Resources) -> Resources:
    models = Models([Costless()], StreamClocks(30, 15), resources.events, resources.clock)
    dialogue = replace(resources.gateway.dialogue, models=models)
    return replace(resources, gateway=replace(resources.gateway, dialogue=dialogue))


async def _with_entries(resources: Resources) -> Resources:
    until = resources.clock.now() + 3600
    for number in range(MANY_ENTRIES):
        await resources.cache.put(f"answer:bench:{number:032x}", Entry(b"model\n" + b"x" * 100, until, until))
    return resources


async def _with_policies(resources: Resources) -> Resources:
    for number in range(MANY_POLICIES):
        resources.policies.declare(f"bench.operation_{number}")
    return resources
