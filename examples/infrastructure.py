"""Cache, policies and gateway without a server: `python examples/infrastructure.py`."""

import asyncio

from app.core.caller import Caller
from app.core.clock import SystemClock
from app.core.events import ignore
from app.core.settings import Settings
from app.core.terms import Terms
from app.infrastructure.ai import Dialogue, Gateway, Ledger, Models, Question, Screen
from app.infrastructure.ai.clocks import StreamClocks
from app.infrastructure.ai.providers import choose
from app.infrastructure.cache import MemoryCache, SingleFlight, TieredCache
from app.infrastructure.resilience import Policies


async def main() -> None:
    clock = SystemClock()
    cache = TieredCache(clock, MemoryCache(1_000, 1_000_000, clock))
    policies = Policies("simple", None, clock)
    policies.declare("demo.count", "aggressive")
    models = Models(choose(Settings()), StreamClocks(first_token=30, idle=15), ignore, clock)
    gateway = Gateway(
        screen=Screen("block", ignore),
        cache=cache,
        flights=SingleFlight(),
        ledger=Ledger(),
        dialogue=Dialogue(models, policies, clock, total=60),
        variant=models.primary,
        ttl=3600,
        stale=0,
        clock=clock,
        hook=ignore,
    )
    text = "The tea was late and the cake was excellent."
    question = Question(int, "Count the words.", text, name="demo.count", offline=lambda: len(text.split()))
    for _ in range(2):
        answer = await gateway.ask(Caller("me", frozenset()), question, Terms(ttl=60))
        print(answer.body.decode(), answer.source)
    print(await cache.count("answer:demo.count:"), policies["demo.count"].breaker.state)
    await models.aclose()


if __name__ == "__main__":
    asyncio.run(main())
