"""Which sentences of a text matter most: TextRank, without comparing every sentence with every other."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from app.infrastructure.text.openings import concludes, leans
from app.infrastructure.text.sentences import ENDS
from app.infrastructure.text.words import count_words, terms_of

Vector = dict[str, float]

_DAMPING = 0.85
_ROUNDS = 15
_ECHO = 0.6


def weigh(sentences: Sequence[str]) -> list[Vector]:
    """One vector of length 1 per sentence: its terms, weighed by how rare they are in the text."""
    counts = [Counter(terms_of(sentence)) for sentence in sentences]
    spread = Counter(term for count in counts for term in count)
    vectors = []
    for count in counts:
        weights = {term: n * math.log(1 + len(sentences) / spread[term]) for term, n in count.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        vectors.append({term: weight / length for term, weight in weights.items()})
    return vectors


def centrality(vectors: Sequence[Vector]) -> list[float]:
    """PageRank over the graph of cosine likeness; 1 is the average.

    A round passes ranks from sentences to terms and back: the sum over all pairs, at the cost of reading the text once.
    """
    links = [total - 1 for total in _spread([1.0] * len(vectors), vectors)]
    ranks = [1.0] * len(vectors)
    for _ in range(_ROUNDS):
        shares = [rank / link if link > 1e-9 else 0.0 for rank, link in zip(ranks, links, strict=True)]
        received = _spread(shares, vectors)
        ranks = [1 - _DAMPING + _DAMPING * (got - own) for got, own in zip(received, shares, strict=True)]
    return ranks


def _spread(ranks: Sequence[float], vectors: Sequence[Vector]) -> list[float]:
    """For each sentence, the ranks of all sentences weighed by their likeness to it (1 to itself)."""
    by_term: defaultdict[str, float] = defaultdict(float)
    for rank, vector in zip(ranks, vectors, strict=True):
        for term, weight in vector.items():
            by_term[term] += rank * weight
    return [sum(weight * by_term[term] for term, weight in vector.items()) for vector in vectors]


def importance(sentences: Sequence[str], vectors: Sequence[Vector]) -> list[float]:
    """Centrality, adjusted for what position, length and form say about a sentence."""
    ranks = centrality(vectors)
    return [
        rank * _prior(sentence, i, len(sentences))
        for i, (sentence, rank) in enumerate(zip(sentences, ranks, strict=True))
    ]


def _prior(sentence: str, position: int, of: int) -> float:
    words = count_words(sentence)
    prior = 1.3 if position == 0 else 1 + 0.1 * (1 - position / of)
    prior *= min(1, 0.4 + words / 15) * (0.8 if words > 40 else 1)
    prior *= 1.4 if concludes(sentence) else 0.65 if leans(sentence) else 1
    return prior * (1 if sentence.endswith(ENDS) else 0.2 if sentence.endswith(":") else 0.4)


class Chosen:
    """Sentences chosen so far, so that the next one says something else."""

    def __init__(self, vectors: Sequence[Vector]) -> None:
        self._vectors = vectors
        self._holders: defaultdict[str, list[int]] = defaultdict(list)
        self.indexes: list[int] = []

    def add(self, index: int) -> None:
        self.indexes.append(index)
        for term in self._vectors[index]:
            self._holders[term].append(index)

    def echoes(self, index: int) -> bool:
        """Whether one of the chosen says nearly the same."""
        likeness: defaultdict[int, float] = defaultdict(float)
        for term, weight in self._vectors[index].items():
            for other in self._holders[term]:
                likeness[other] += weight * self._vectors[other][term]
        return max(likeness.values(), default=0) > _ECHO


def best_first(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))
