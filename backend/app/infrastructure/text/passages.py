"""The sentence of a text that answers a question: BM25 over its sentences, with hints from the kind of question."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from app.infrastructure.text.openings import leans
from app.infrastructure.text.ranking import best_first
from app.infrastructure.text.sentences import join_sentences, split_sentences
from app.infrastructure.text.vocabulary import STOP_WORDS, word_set
from app.infrastructure.text.words import stem, words_of

UNTOLD = "The text does not tell."

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_TIME = (
    rf"\b(?:{_MONTHS}|{_DAYS}|yesterday|today|tomorrow|tonight|noon|midnight|morning|afternoon|evening|spring|summer"
    r"|autumn|winter|(?:1[5-9]|20)\d\d|\d{1,2}(?::\d\d)? ?[ap]\.?m|(?:last|next|this) (?:year|month|week|day|quarter)"
    r"|years?|months?|weeks?|days?|hours?|when|after|before|until|since|by)\b"
)
_NUMBER = (
    r"\d|[$€£]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundreds?|thousands?|millions?"
    r"|half|third|quarter|twice|double|percent|all|none|several)\b"
)
_REASON = r"\b(?:because|since|due to|owing to|so that|in order to|thanks to|as)\b"
_PERSON = r"(?<=\s)[A-Z][a-z]+|\b[A-Z]\w+ [A-Z]\w+|(?i:\b\w+(?:ists?|ers|ors)\b)"
_PLACE = r"\b(?:in|at|near|from|to|on) (?:the )?[A-Z]\w+|(?i:\b(?:north|south|east|west|street|building|room)\b)"
_SIZE = r"many|much|far|old|big|large|high|tall|fast|expensive"
_KINDS = [
    (re.compile(kind, re.IGNORECASE), re.compile(hint))
    for kind, hint in (
        (r"\b(?:why|what caused|for what reason)\b", f"(?i:{_REASON})"),
        (r"\b(?:when|what (?:time|year|day|date)|how (?:long|often|soon))\b", f"(?i:{_TIME})"),
        (rf"\b(?:how (?:{_SIZE})|what (?:percentage|price|number))\b", f"(?i:{_NUMBER})"),
        (r"\bwho(?:m|se)?\b", _PERSON),
        (r"\bwhere\b", _PLACE),
    )
]
"""Kinds of questions, each with what a sentence that answers it is likely to hold."""

_WHAT_IS = re.compile(r"what (?:is|are|was|were)\b", re.IGNORECASE)
_DEFINITION = re.compile(r"(?:\w+ ){1,4}(?:is|are|was|were) (?:an?|the|when|where|what)\b", re.IGNORECASE)
_PAIRED = re.compile(r"[\u3040-\u9fff\uac00-\ud7af\u0e00-\u0eff]")
_ASKING = word_set(
    """long many much often far old soon kind sort name tell say said says text author according happen happens
    happened mean wer wann wo warum wieso welche welcher welches wieviel good bad best any qué quién cuándo
    cuánto dónde quand combien où pourquoi 什么 多少 哪里 什麼 为什 怎么 谁 哪个"""
)
_ALIKE = (
    "begin start commence launch open",
    "end finish stop close",
    "cost price pay charge expensive",
    "buy purchase acquire",
    "big large huge",
    "fast quick rapid",
    "help support assist",
    "show demonstrate reveal",
    "worry fear concern afraid",
    "need require necessary",
    "get receive obtain",
    "rise increase grow climb",
    "fall drop decrease decline",
    "use employ",
    "build construct construction",
    "issue problem trouble",
    "avoid prevent",
    "live reside",
    "choose pick select",
    "happy pleased glad",
    "last endure",
    "make create produce",
)
_SAME = {stem(word): group.split()[0] for group in _ALIKE for word in group.split()}


def find_answer(question: str, text: str) -> str:
    """The sentence that answers best, or two that belong together; `UNTOLD` where none matches well enough."""
    sentences = split_sentences(text)
    asked = set(_terms(question))
    if not asked or not sentences:
        return UNTOLD
    documents = [_terms(sentence) for sentence in sentences]
    hint = next((hint for kind, hint in _KINDS if kind.search(question)), None)
    hinted = [bool(hint and hint.search(sentence)) for sentence in sentences]
    defines = _DEFINITION.match if _WHAT_IS.match(question) else lambda _: None
    scores = [
        score * (1.5 if hit or defines(sentence) else 1)
        for score, hit, sentence in zip(_bm25(asked, documents), hinted, sentences, strict=True)
    ]
    best = best_first(scores)[0]
    pair = _companion(best, asked.difference(documents[best]), documents, hinted, sentences)
    quoted = sorted({best, pair})
    told = asked.intersection(term for i in quoted for term in documents[i])
    if not _convinces(len(told) / len(asked), any(hinted[i] for i in quoted), question):
        return UNTOLD
    return join_sentences([sentences[i] for i in quoted])


def _terms(text: str) -> list[str]:
    stems = (stem(word) for word in words_of(text) if word not in STOP_WORDS and word not in _ASKING)
    return [_SAME.get(word, word) for word in stems]


def _bm25(asked: set[str], documents: Sequence[Sequence[str]]) -> list[float]:
    counts = [Counter(term for term in document if term in asked) for document in documents]
    spread = Counter(term for count in counts for term in count)
    average = sum(map(len, documents)) / len(documents) or 1
    rarity = {term: math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) for term, n in spread.items()}
    return [
        sum(rarity[term] * n * 2.2 / (n + 1.2 * (0.5 + 0.5 * len(document) / average)) for term, n in count.items())
        for count, document in zip(counts, documents, strict=True)
    ]


def _companion(
    best: int, missing: set[str], documents: Sequence[Sequence[str]], hinted: Sequence[bool], sentences: Sequence[str]
) -> int:
    """The neighbour to quote along with the best sentence, because it has what that one lacks; else the best itself."""
    after = best + 1
    if after < len(sentences) and not hinted[best]:
        told_there = bool(missing.intersection(documents[after]))
        if told_there or (hinted[after] and leans(sentences[after])):
            return after
    if best and leans(sentences[best]) and (not missing or missing.intersection(documents[best - 1])):
        return best - 1
    return best


def _convinces(share: float, hinted: bool, question: str) -> bool:
    """More than half of what was asked about is there, or half and what the kind of question calls for.

    A third will do where words come as pairs of characters, because the question word spoils its neighbours.
    """
    if _PAIRED.search(question):
        return share > 0.3
    return share > 0.5 or (share == 0.5 and hinted)
