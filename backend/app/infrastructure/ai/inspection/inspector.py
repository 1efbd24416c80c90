"""Judge a whole answer, or one that is still coming."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from pydantic import ValidationError

from app.core.errors import ProviderBadAnswer
from app.core.events import Hook, ignore

from ..question import Prompt
from .addresses import Known
from .characters import Readable, readable
from .defang import Defang, defanged
from .findings import Findings
from .leaks import Leaks, LeakWatch

FENCED = re.compile(r"```(?:json)?(.*)```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Refuses what leaks or is not of the question's type, and defangs the rest; `hosts` are those one may link to."""

    hosts: frozenset[str] = frozenset()
    hook: Hook = ignore

    def parse(self, prompt: Prompt, text: str, findings: Findings | None = None) -> bytes:
        """The answer as JSON bytes of the question's type; ProviderBadAnswer when it is not one, is empty, or leaks.

        `findings` are those of the `Watch` that has seen the same answer in pieces.
        """
        leaks, findings = Leaks(prompt), findings or self._findings(prompt)
        text = readable(text, findings)
        if leaks.stand_in(text):
            findings.refuse("instructions")
        adapter, known = prompt.question.adapter, self._known(prompt)
        if prompt.question.answer is str:
            return adapter.dump_json(_said(defanged(known, text, findings)))
        try:
            value = adapter.validate_json(unfenced(text))
            if prompt.question.check and not prompt.question.check(value):
                raise ProviderBadAnswer
            safe = _mapped(orjson.loads(adapter.dump_json(value)), partial(_checked, leaks, known, findings))
            return adapter.dump_json(adapter.validate_json(orjson.dumps(safe)))
        except ValidationError:
            raise ProviderBadAnswer from None

    def watch(self, prompt: Prompt) -> "Watch":
        findings = self._findings(prompt)
        return Watch(findings, Readable(findings), LeakWatch(prompt, findings), Defang(self._known(prompt), findings))

    def _findings(self, prompt: Prompt) -> Findings:
        return Findings(prompt.question.name, self.hook)

    def _known(self, prompt: Prompt) -> Known:
        return Known(self.hosts, f"{prompt.question.material}\n{prompt.question.asked}")


@dataclass(frozen=True, slots=True)
class Watch:
    """Pieces of an answer in, the pieces that may be shown out."""

    findings: Findings
    readable: Readable
    leaks: LeakWatch
    defang: Defang

    def feed(self, piece: str) -> str:
        """ProviderBadAnswer as soon as the answer leaks."""
        return self.defang.feed(self.leaks.feed(self.readable.feed(piece)))

    def rest(self) -> str:
        last = self.leaks.feed(self.readable.rest()) + self.leaks.rest()
        return self.defang.feed(last) + self.defang.rest()


def unfenced(text: str) -> str:
    """JSON without the Markdown fence that some models put around it."""
    text = text.strip()
    found = FENCED.fullmatch(text)
    return found[1].strip() if found else text


def _checked(leaks: Leaks, known: Known, findings: Findings, text: str) -> str:
    text = readable(text, findings)
    if leaks.stand_in(text):
        findings.refuse("instructions")
    return defanged(known, text, findings)


def _said(text: str) -> str:
    if not text.strip():
        raise ProviderBadAnswer
    return text.strip()


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with each of its strings changed."""
    match value:
        case str():
            return change(value)
        case list():
            return [_mapped(one, change) for one in value]
        case dict():
            return {change(name): _mapped(one, change) for name, one in value.items()}
    return value
