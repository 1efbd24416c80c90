"""Which label shares the most words with a ticket: what can be said without a model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.infrastructure.text.words import stem, terms_of, words_of


@dataclass(frozen=True, slots=True)
class Match:
    """`words` are the shared ones as the ticket writes them; without any, the last label is taken."""

    label: str
    words: tuple[str, ...]
    confidence: float


def best_label(text: str, labels: Sequence[str]) -> Match:
    """A word that several labels know counts the less for each; the earlier label wins where two are even."""
    known = [set(terms_of(label)) for label in labels]
    spread = Counter(term for terms in known for term in terms)
    said = {stem(word): word for word in reversed(words_of(text))}
    shared = [[term for term in said if term in terms] for terms in known]
    scores = [sum(1 / spread[term] for term in found) for found in shared]
    if not any(scores):
        return Match(labels[-1], (), 0.0)
    best = max(range(len(labels)), key=lambda i: scores[i])
    words = tuple(said[term] for term in reversed(shared[best]))[:5]
    return Match(labels[best], words, round(scores[best] / (sum(scores) + 1), 2))
