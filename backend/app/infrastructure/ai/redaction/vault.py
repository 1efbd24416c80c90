"""What was taken out of one caller's texts, for as long as their request lasts."""

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

import orjson

from ..answer import Answer

_PLACEHOLDER = re.compile(r"<[A-Z]{2,12}_[0-9]{1,6}>")
_BEGUN = re.compile(r"<(?:[A-Z]{1,12}(?:_[0-9]{0,6})?)?\Z")


@dataclass(slots=True)
class Vault:
    """Values by their placeholders: `<EMAIL_1>`."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    _names: dict[str, str] = field(default_factory=dict, repr=False)
    _numbers: dict[str, Iterator[int]] = field(default_factory=partial(defaultdict, partial(count, 1)), repr=False)

    def keep(self, kind: str, value: str, text: str) -> str:
        """The placeholder of a value; equal values have equal ones. No placeholder stands in `text` already."""
        if value not in self._names:
            names = (f"<{kind}_{number}>" for number in self._numbers[kind])
            name = next(name for name in names if name not in text)
            self.values[name], self._names[value] = value, name
        return self._names[value]

    def restored(self, answer: Answer) -> Answer:
        """The answer as its caller may read it, and nobody else."""
        body = _PLACEHOLDER.sub(self._as_json, answer.body.decode()) if self.values else None
        return answer if body is None else replace(answer, body=body.encode())

    async def reading(self, pieces: AsyncGenerator[str | Answer, None]) -> AsyncGenerator[str | Answer, None]:
        """The same for the pieces of a stream; a placeholder may come in several."""
        held = ""
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Answer):
                    if held:
                        yield held
                    yield self.restored(piece)
                    return
                text = _PLACEHOLDER.sub(self._plain, held + piece)
                begun = _BEGUN.search(text)
                held = begun[0] if begun else ""
                if out := text[: len(text) - len(held)]:
                    yield out

    def _plain(self, found: re.Match[str]) -> str:
        return self.values.get(found[0], found[0])

    def _as_json(self, found: re.Match[str]) -> str:
        return orjson.dumps(self._plain(found)).decode()[1:-1]
