"""The model of those who have none: it gives the answers that operations can work out themselves."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

from app.core.errors import ModelRequired

from ..question import Completion, Delta, Prompt, Usage

LONG = 2000
"""Characters of material from which an answer takes long enough to be worked out in a thread."""

_WORDS = re.compile(r"\s*\S+\s*\Z|\s*\S+")


class Offline:
    """Answers at no cost; ModelRequired when the operation has no offline answer."""

    name = model = "offline"

    def load(self) -> None:
        """There is nothing to load."""

    async def complete(self, prompt: Prompt) -> Completion:
        value = await self._worked_out(prompt)
        typed = prompt.question.answer is not str
        return Completion(prompt.question.adapter.dump_json(value).decode() if typed else value, Usage(), self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        completion = await self.complete(prompt)
        for word in _WORDS.findall(completion.text):
            yield Delta(word, model=self.model)
        yield Delta("", completion.usage, self.model)

    async def aclose(self) -> None:
        """There is nothing to close."""

    async def _worked_out(self, prompt: Prompt) -> Any:
        question = prompt.question
        if question.offline is None:
            raise ModelRequired
        if len(question.material) > LONG:
            return await asyncio.to_thread(question.offline)
        return question.offline()
