"""Whether a text speaks well or ill of its matter, by a lexicon of English words and emoji."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from app.infrastructure.text.sentences import split_sentences
from app.infrastructure.text.vocabulary import ENGLISH, OTHERS, word_set

_OWN = {
    "expensive": -1.4, "overpriced": -2.2, "slow": -1.2, "slowly": -0.6, "loud": -0.9, "noisy": -1.3,
    "flimsy": -1.8, "broke": -1.6, "broken": -1.7, "defective": -2.2, "unreliable": -2.0, "uncomfortable": -1.8,
    "refund": -1.0, "clunky": -1.6, "buggy": -1.8, "laggy": -1.6, "rattles": -1.2, "blurry": -1.3, "unusable": -2.4,
    "mediocre": -1.2, "reliable": 1.8, "durable": 1.6, "sturdy": 1.6, "comfortable": 1.7, "affordable": 1.4,
    "intuitive": 1.5, "sharp": 0.9, "smooth": 1.3, "smoothly": 1.3, "quiet": 0.8, "crisp": 1.2, "flawless": 2.5,
    "flawlessly": 2.5, "recommended": 1.5, "seamless": 1.7, "delicious": 2.7, "tasty": 2.0, "spotless": 1.9,
    "bland": -1.3, "filthy": -2.4, "stale": -1.2,
}  # fmt: skip
"""Words of reviews that the lexicon lacks, on its scale of -4 to 4."""

_TERMS = word_set(
    """abort aborts alert alerts attack block blocked blocks cancel cancelled collapse conflict conflicts crash crashes
    critical dead defect defects demand demands deny denied die dies drop drops dump error errors exhaust
    exhausted exploit fail failed failing fails failure failures fault faults fatal fire fired fires force
    forced free hand harm heavy hide hung ignore ignored interrupt interrupted interrupts isolate isolated kill
    kills lag leak leaks limited lose loses loss lost low matter pay pressure prevent prevented prevents problem
    problems protect protected protects resolve resolved reward risk risks safe safely secure security share
    shared shares shock shortage shortages significant significantly stop stopped stops strength strong suspend
    suspended tension threat threats trust trusted urgent vulnerability vulnerable warning warnings weak allow
    allowed allows accept accepted accepts active agree agreement approved ensure ensures growth healthy help
    helps increase increased interest interests like natural number please positive negative ready solution
    solutions solve solved support supported supports supporting top usable value values well leave leaves left
    loose reached hands argument argue argues heavily cut cuts lone alone strongly worth easy vision"""
)
"""Words that the lexicon counts as feelings and reports use as terms; they count little."""

_NEGATORS = word_set("not no never neither nor none nothing without cannot cant dont hardly")
_NEAR = word_set("no without none nothing nor")
"""Negators that reach the next two words only."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[\u2600-\u27bf\U0001f000-\U0001faff]|[,;:()–—]")
_REACH = 6
_BREAKS = word_set("but because although though and or who which that when if while since where")
_THRESHOLD = 0.12
_FAINT = 0.2
_UNKNOWN = "The lexicon is English and knows hardly any word of this text, so nothing was weighed."


@dataclass(frozen=True, slots=True)
class Judgement:
    """`confidence` runs from 0 to 1 and is a rule of thumb, not a probability."""

    sentiment: Literal["positive", "neutral", "negative"]
    confidence: float
    explanation: str


@dataclass(frozen=True, slots=True)
class _Hit:
    words: str
    valence: float


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Valence by word and emoji, and how much a word before it strengthens or weakens that."""

    valences: Mapping[str, float]
    boosters: Mapping[str, float]


def judge_sentiment(text: str) -> Judgement:
    """Sentiment averaged over the sentences, with the words that decided."""
    lexicon = _lexicon()
    sentences = [_TOKEN.findall(sentence) for sentence in split_sentences(text)]
    words = [token.lower() for sentence in sentences for token in sentence if token[0].isalnum()]
    found = [list(_hits(sentence, lexicon)) for sentence in sentences]
    signs = any(not hit.words[0].isalnum() for hits in found for hit in hits)
    if _foreign(words, lexicon) and not signs:
        return Judgement("neutral", 0.1, _UNKNOWN)
    if not any(found):
        return Judgement("neutral", 0.6, "No word of the text counts as praise or as criticism in the lexicon.")
    return _judge(found, max(len(words), 1))


def _judge(found: Sequence[Sequence[_Hit]], words: int) -> Judgement:
    hits = [hit for sentence in found for hit in sentence]
    mean = sum(_compound(sentence) for sentence in found) / len(found)
    total = sum(abs(hit.valence) for hit in hits)
    agreement = abs(sum(hit.valence for hit in hits)) / total
    density = min(1.0, 6 * sum(min(1.0, abs(hit.valence)) for hit in hits) / words)
    good, bad = _strongest(hits, 1), _strongest(hits, -1)
    if abs(mean) >= _THRESHOLD:
        strength = min(1.0, total / len(hits) / 2)
        confidence = round((0.35 + 0.6 * agreement) * (0.2 + 0.45 * density + 0.35 * strength), 2)
        if mean > 0:
            return Judgement("positive", confidence, _weighed("favourable", good, bad))
        return Judgement("negative", confidence, _weighed("unfavourable", bad, good))
    if good and bad:
        explanation = f"The words that carry feeling are few or even out: favourable {good}; unfavourable {bad}."
    else:
        explanation = f"Nearly all words are neutral; the few that are not ({good or bad}) weigh little."
    return Judgement("neutral", round(0.7 - 0.4 * density, 2), explanation)


def _weighed(kind: str, main: str, other: str) -> str:
    return f"Mostly {kind} words: {main}; against them: {other}." if other else f"Only {kind} words: {main}."


def _hits(tokens: Sequence[str], lexicon: _Lexicon) -> Iterator[_Hit]:
    """The words that carry feeling, each with the negation before it; what follows `but` counts more."""
    lowered = [token.lower().replace("’", "'") for token in tokens]
    turn = lowered.index("but") if "but" in lowered else None
    for i, word in enumerate(lowered):
        valence = lexicon.valences.get(word, 0.0)
        if not valence or word in _NEGATORS:
            continue
        start, valence = _modified(lowered, i, valence, lexicon)
        valence *= 0.15 if word in _TERMS else 1
        if turn is not None:
            valence *= 0.5 if i < turn else 1.5
        if abs(valence) >= _FAINT:
            yield _Hit(" ".join(lowered[start : i + 1]), valence)


def _modified(words: Sequence[str], i: int, valence: float, lexicon: _Lexicon) -> tuple[int, float]:
    """The valence of word `i` as the words before it change it, and where its negation begins (`i` without one)."""
    between = 0
    for back in range(i - 1, max(i - 1 - _REACH, -1), -1):
        before = words[back]
        if (before in _NEGATORS and (i - back < 3 or before not in _NEAR)) or before.endswith("n't"):
            return (i, valence) if words[back + 1] == "only" else (back, -0.74 * valence)
        between += before not in ENGLISH
        if not before[0].isalnum() or before in _BREAKS or between > 2:
            break
        boost = lexicon.boosters.get(before, 0.0) if i - back <= 3 else 0.0
        valence += boost if valence > 0 else -boost
    return i, valence


def _compound(hits: Sequence[_Hit]) -> float:
    """The hits of a sentence on a scale of -1 to 1."""
    total = sum(hit.valence for hit in hits)
    return float(total / (total * total + 15) ** 0.5)


def _strongest(hits: Sequence[_Hit], sign: int) -> str:
    """Up to four different words of that sign, the strongest first, quoted."""
    ranked = sorted((hit for hit in hits if hit.valence * sign > 0), key=lambda hit: -abs(hit.valence))
    return ", ".join(f'"{words}"' for words in list(dict.fromkeys(hit.words for hit in ranked))[:4])


def _foreign(words: Sequence[str], lexicon: _Lexicon) -> bool:
    """Whether the text has too few English words for an English lexicon."""
    english = sum(word in ENGLISH for word in words)
    if sum(word in OTHERS for word in words) > english:
        return True
    known = sum(word in ENGLISH or word in lexicon.valences for word in words)
    return bool(words) and known < max(1, len(words) / 10)


@cache
def _lexicon() -> _Lexicon:
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    words = {word: valence for word, valence in analyzer.lexicon.items() if word[0].isalpha()} | _OWN
    emoji = {sign: sum(words.get(word, 0.0) for word in name.split()) for sign, name in analyzer.emojis.items()}
    return _Lexicon(words | {sign: valence for sign, valence in emoji.items() if valence}, BOOSTER_DICT)
