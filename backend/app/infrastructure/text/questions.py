"""Questions that a text answers, made from its own sentences; a plain template where the grammar is not sure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from app.infrastructure.text.names import MARKS, Names
from app.infrastructure.text.ranking import best_first, importance, weigh
from app.infrastructure.text.sentences import split_sentences
from app.infrastructure.text.templates import candidates
from app.infrastructure.text.verbs import FORMS
from app.infrastructure.text.vocabulary import STOP_WORDS
from app.infrastructure.text.words import stem, words_of

_MOST = 60


def make_questions(text: str, count: int) -> list[str]:
    """At most `count` different questions about the most telling sentences, in the order of the text; at least one."""
    sentences = split_sentences(text)
    wanted = max(1, min(count, _MOST))
    names = Names(sentences)
    kinds: Counter[str] = Counter()
    asked: dict[str, int] = {}
    for i in best_first(importance(sentences, weigh(sentences)))[:_MOST]:
        found = [candidate for candidate in candidates(sentences[i], names) if candidate[1] not in asked]
        if found and len(asked) < wanted:
            kind, question = min(found, key=lambda candidate: kinds[candidate[0]])
            kinds[kind] += 1
            asked[question] = i
    questions = sorted(asked, key=lambda question: asked[question])
    terms = islice(_key_terms(sentences, questions, names), min(wanted - len(asked), 1 if asked else 3))
    questions += [f'What does the text say about "{term}"?' for term in terms]
    return questions or ["What does the text say?"]


def _key_terms(sentences: Sequence[str], asked: Sequence[str], names: Names) -> Iterator[str]:
    """Words that carry meaning and no question holds yet, the most frequent and then the longest first."""
    known = {stem(word) for question in asked for word in words_of(question)}
    counts = Counter(word for sentence in sentences for word in words_of(sentence))
    written = {word.lower(): word for sentence in sentences for word in (w.strip(MARKS) for w in sentence.split())}
    for word in sorted(counts, key=lambda word: (word in FORMS, -counts[word], -len(word), word)):
        telling = word not in STOP_WORDS and stem(word) not in known and not word.endswith(("ed", "ly"))
        if telling and 1 < len(word) <= 40:
            yield names.inside(written.get(word, word))
