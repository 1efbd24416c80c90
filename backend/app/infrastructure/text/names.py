"""Which words keep their capital inside a sentence."""

from collections.abc import Sequence

from app.infrastructure.text.verbs import FORMS
from app.infrastructure.text.vocabulary import STOP_WORDS

MARKS = ".,;:!?()[]\"'“”‘’«»"
"""What may stand around a word."""


class Names:
    """The words of one text that are written with a capital wherever they stand."""

    def __init__(self, sentences: Sequence[str]) -> None:
        words = [word.strip(MARKS) for sentence in sentences for word in sentence.split()[1:]]
        self._lower = frozenset(word for word in words if word.islower())
        self._upper = frozenset(word for word in words if word[:1].isupper()) - {w.capitalize() for w in self._lower}

    def inside(self, phrase: str) -> str:
        """The phrase as it is written inside a sentence: `The city` as `the city`, `Bo` as it is."""
        first, blank, more = phrase.partition(" ")
        if first.lower() in STOP_WORDS or not self._keeps(first, more):
            return first[:1].lower() + first[1:] + blank + more
        return phrase

    def _keeps(self, first: str, more: str) -> bool:
        if first in self._upper or not first[1:].islower() or first.endswith(("'s", "’s")) or more[:1].isupper():
            return True
        common = first.lower() in self._lower or first.lower() in FORMS
        return not (more or common or first.endswith(("s", "tion", "ment", "ness", "ity", "ing")))

    def is_name(self, phrase: str) -> bool:
        """Whether it may be the name of a person, so that `what` could be wrong."""
        first, _, more = phrase.partition(" ")
        return (phrase.istitle() or phrase.isupper()) and first.lower() not in STOP_WORDS and self._keeps(first, more)
