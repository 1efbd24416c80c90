"""The words of a text: which of them carry meaning, and what their forms have in common."""

import re

from app.infrastructure.text.verbs import BASES
from app.infrastructure.text.vocabulary import STOP_WORDS

_UNSPACED = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17d3"
_BIGRAMS = _UNSPACED + "\uac00-\ud7af"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"  # not in \w
_WORD = re.compile(rf"[{_BIGRAMS}]+|\d+(?:[.,:]\d+)*[^\W\d_{_BIGRAMS}]*|(?:[^\W_{_BIGRAMS}]|['’](?=\w)|[{_MARKS}])+")
_BIGRAM_RUN = re.compile(rf"[{_BIGRAMS}]")
UNIT = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
"""What counts as one word: what stands between blanks, or one character of a script that writes none."""


def count_words(text: str) -> int:
    return sum(1 for _ in UNIT.finditer(text))


def words_of(text: str) -> list[str]:
    """The words in lower case and in order; a run of Chinese, Japanese, Korean or Thai comes as character pairs."""
    found: list[str] = []
    for match in _WORD.finditer(text.lower().replace("’", "'")):
        word = match[0].strip("'")
        if _BIGRAM_RUN.match(word) and len(word) > 1:
            found += [word[i : i + 2] for i in range(len(word) - 1)]
        elif word:
            found.append(word)
    return found


def terms_of(text: str) -> list[str]:
    """The stems of the words that carry meaning; of all words where none does."""
    words = words_of(text)
    return [stem(word) for word in words if word not in STOP_WORDS] or words or [text]


def stem(word: str) -> str:
    """What the forms of an English word share: `worries`, `worried` and `worry` are all `worri`."""
    word = BASES.get(word, word).removesuffix("'s")
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith(("ies", "ied")):
        return word[:-2]
    if word.endswith("es") and word[-3] in "sxzh":
        word = word[:-2]
    elif word.endswith("s") and word[-2] not in "sui":
        word = word[:-1]
    return _bare(word).removesuffix("e").replace("y", "i")


def _bare(word: str) -> str:
    """Without -ed and -ing, and without the consonant that they double."""
    for suffix in ("ing", "ed"):
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) > 2 and not word.endswith("eed") and re.search("[aeiouy]", rest):
            return rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
    return word
