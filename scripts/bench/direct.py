"""The other yardstick: the model library alone. Reads jobs from standard input, a JSON list a line."""

import asyncio
import itertools
import sys
import time

import orjson
import uvloop
from openai import AsyncOpenAI
from pydantic_ai import ModelSettings
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import ModelMessage, ModelRequest, UserPromptPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from scripts.bench.load import Clients, drive, numbered

INSTRUCTIONS = "Summarize the material in at most 100 words, in its own language."
SETTINGS = ModelSettings(max_tokens=2048, temperature=0.2, thinking=False)


class Direct:
    def __init__(self, url: str) -> None:
        client = AsyncOpenAI(api_key="test-key", base_url=url, max_retries=0)
        self._model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))
        self._numbers = itertools.count()

    async def complete(self) -> float:
        await model_request(self._model, self._messages(), model_settings=SETTINGS)
        return time.perf_counter()

    async def stream(self) -> float:
        """The moment of the first piece."""
        first = 0.0
        async with model_request_stream(self._model, self._messages(), model_settings=SETTINGS) as response:
            async for _ in response:
                first = first or time.perf_counter()
        return first

    def _messages(self) -> list[ModelMessage]:
        text = numbered(f"{next(self._numbers):08d}")
        return [ModelRequest(parts=[UserPromptPart(text)], instructions=INSTRUCTIONS)]


async def main(url: str) -> None:
    direct = Direct(url)
    calls = {"complete": direct.complete, "stream": direct.stream}
    while line := await asyncio.to_thread(sys.stdin.readline):
        call, *numbers = orjson.loads(line)
        clients = Clients(*numbers)
        sample = await drive([calls[call]] * clients.number, clients)
        sys.stdout.buffer.write(orjson.dumps(sample) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
