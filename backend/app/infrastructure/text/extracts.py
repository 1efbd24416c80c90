"""The essence of a text, in its own sentences."""

import re

from app.infrastructure.text.openings import without_connective
from app.infrastructure.text.ranking import Chosen, best_first, importance, weigh
from app.infrastructure.text.sentences import join_sentences, split_sentences
from app.infrastructure.text.vocabulary import STOP_WORDS
from app.infrastructure.text.words import UNIT, count_words

BLANK = "The text is blank."
_MOST = 40
_SHORTEST = 30
_CLAUSE_END = re.compile(r"[,;:，；：]| [–—-](?= )")


def extract_sentences(text: str, words: int) -> str:
    """The most telling sentences in the order of the text: about a third of it, and never more than `words` words."""
    sentences = split_sentences(text)
    if not sentences:
        return trim(BLANK, words)
    lengths = [count_words(sentence) for sentence in sentences]
    if len(sentences) < 3 and sum(lengths) <= words:
        return join_sentences(sentences)
    vectors = weigh(sentences)
    scores = importance(sentences, vectors)
    order = best_first(scores)
    fitting = next((i for i in order if lengths[i] <= words and scores[i] >= scores[order[0]] / 2), None)
    if fitting is None:
        return trim(sentences[order[0]], words)
    room = min(words, max(sum(lengths) // 3, min(_SHORTEST, sum(lengths) * 2 // 3))) - lengths[fitting]
    chosen = Chosen(vectors)
    chosen.add(fitting)
    for i in order:
        if scores[i] < scores[fitting] / 3 or len(chosen.indexes) == _MOST:
            break
        if lengths[i] <= room and not chosen.echoes(i):
            chosen.add(i)
            room -= lengths[i]
    return join_sentences([sentences[i] for i in sorted(chosen.indexes)])


def rank_key_points(text: str, count: int) -> list[str]:
    """At most `count` different statements of the text, the most important first; at least one."""
    sentences = split_sentences(text)
    if not sentences:
        return [BLANK]
    vectors = weigh(sentences)
    chosen = Chosen(vectors)
    for i in best_first(importance(sentences, vectors)):
        if len(chosen.indexes) >= max(1, min(count, _MOST)):
            break
        if not chosen.echoes(i):
            chosen.add(i)
    return list(dict.fromkeys(without_connective(sentences[i]) for i in chosen.indexes))


def trim(sentence: str, words: int) -> str:
    """The sentence up to its last clause that fits into `words` words, with an ellipsis where something is cut."""
    units = list(UNIT.finditer(sentence))
    if len(units) <= words:
        return sentence
    head = sentence[: units[max(words, 1) - 1].end()]
    clauses = [end.start() for end in _CLAUSE_END.finditer(head) if end.start() >= len(head) // 2]
    head = head[: clauses[-1]] if clauses else _without_loose_end(head)
    return head.rstrip(" ,;:，；：–—-") + "…"


def _without_loose_end(head: str) -> str:
    """Without function words at the end: `the price of the` is `the price`."""
    kept = head.split(" ")
    while len(kept) > 1 and kept[-1].lower() in STOP_WORDS:
        kept.pop()
    return " ".join(kept)
