"""Put placeholders where personal data and secrets stand."""

import hashlib
import re
from dataclasses import replace
from functools import partial
from typing import TypeVar

import orjson

from app.core.caller import Caller

from ..question import Question
from .finders import Finder, finders
from .vault import Vault

A = TypeVar("A")


class Redactor:
    """Building one imports the check digits of twenty countries, so one is built at start, and only where wanted."""

    def __init__(self) -> None:
        self._finders = list(finders())
        self._needs = {finder.needs for finder in self._finders}

    def hide(self, caller: Caller, question: Question[A]) -> tuple[Question[A], Vault]:
        """The question as the provider may read it, and what was taken out.

        Its audience tells this caller and these values from all others, so that an answer kept for one is found by no
        other, although both would send the same words to the provider.
        """
        vault = Vault()
        material, asked = (self.redact(text, vault) for text in (question.material, question.asked))
        if not vault.values:
            return question, vault
        values = hashlib.sha256(orjson.dumps(list(vault.values.items()))).hexdigest()
        audience = f"{question.audience} {caller.id} {values}"
        return replace(question, material=material, asked=asked, audience=audience), vault

    def redact(self, text: str, vault: Vault) -> str:
        original = text
        found = {needs for needs in self._needs if needs.search(text)}
        for finder in self._finders:
            if finder.needs in found:
                text = finder.pattern.sub(partial(_replaced, finder, vault, original), text)
        return text


def _replaced(finder: Finder, vault: Vault, original: str, found: re.Match[str]) -> str:
    part = finder.part(found[0])
    return vault.keep(finder.kind, part, original) + found[0][len(part) :] if part else found[0]
