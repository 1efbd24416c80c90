"""A plain English sentence as subject, verb and rest, found by rules over closed word lists."""

import re
from dataclasses import dataclass

from app.infrastructure.text.grammar import (
    ADVERBS,
    AFTER_VERB,
    AUXILIARIES,
    BE,
    BREAKS_SUBJECT,
    CONJUNCTIONS,
    DETERMINERS,
    DO,
    FRONTED,
    HAVE,
    MODALS,
    NO_ADVERBS,
    NOUNS_TOO,
    NUMBERS,
    PREPOSITIONS,
    SUBORDINATORS,
)
from app.infrastructure.text.openings import without_connective
from app.infrastructure.text.verbs import FORMS, PARTICIPLES, Verb
from app.infrastructure.text.vocabulary import STOP_WORDS

_CONJUNCTION = re.compile(r" (?:and|but|or) ")
_CUT = re.compile(
    r"[,;:](?= )| [–—-] | (?:because|although|though|while|whereas|unless|if|when|so|which|who|since|as soon as) "
)
_NEW_CLAUSE = SUBORDINATORS | CONJUNCTIONS | (BREAKS_SUBJECT - {"to", "not", "this", "these"})
_NO_SUBJECT = PREPOSITIONS | SUBORDINATORS | {"we", "you", "her", "others"}
AUTHOR = "the author"
_FIRST_PERSON = {"i": AUTHOR, "me": AUTHOR, "my": f"{AUTHOR}'s", "mine": f"{AUTHOR}'s"}


@dataclass(frozen=True, slots=True)
class Clause:
    """`Grid operators now worry about the evening`: subject `Grid operators`, verb `worry`, rest `about the evening`.

    `verb` is None for a form that is not in the list of verbs. `auxiliary` is set for `is`, `will`, `has` and the like;
    `rest` then begins after it. `reason` is what follows `because`, `front` what stands before the subject.
    """

    front: str
    subject: str
    word: str
    verb: Verb | None
    auxiliary: str
    rest: str
    reason: str


def parse(sentence: str) -> Clause | None:
    """None where the rules do not suffice."""
    plain = re.sub(r"\s*\([^()]*\)", "", without_connective(sentence)).strip()
    if not plain.endswith(".") or re.search(r"[\"“”«»:;]", plain) or len(plain) > 300:
        return None
    front, main = _without_front(plain.rstrip(". "))
    words = main.split()
    at = _verb_at(words)
    subject = _subject(words[:at]) if at else None
    if at is None or subject is None:
        return None
    word, following = words[at].lower(), " ".join(words[at + 1 :])
    if subject == AUTHOR:
        word = {"am": "is", "have": "has"}.get(word, word)
    rest, reason = _rest(following)
    auxiliary = word if word in MODALS or word in BE or _is_perfect(word, rest) else ""
    verb = None if auxiliary else FORMS.get(word)
    return Clause(front, subject, word, verb, auxiliary, about_author(rest), reason)


def about_author(text: str) -> str:
    """In the third person: `my charger` is `the author's charger`."""
    return " ".join(_FIRST_PERSON.get(word.lower(), word) for word in text.split())


def _without_front(sentence: str) -> tuple[str, str]:
    """`In 2024, the council met` as `In 2024` and `the council met`."""
    first = sentence.split(" ", 1)[0].lower().rstrip(",")
    if first in FRONTED and ", " in sentence:
        front, main = sentence.split(", ", 1)
        return front, main
    return "", sentence


def _verb_at(words: list[str]) -> int | None:
    """Where the finite verb of the main clause is, or None where that is not sure."""
    for i, word in enumerate(words[:12]):
        lowered = word.lower()
        if lowered in AUXILIARIES:
            return i or None
        if word.endswith(",") or lowered in BREAKS_SUBJECT or lowered in DO:
            return None
        if i and _is_verb(words, i) and not _is_reduced(words, i):
            return i
    return None


def _is_verb(words: list[str], i: int) -> bool:
    """Whether word `i`, which no auxiliary precedes, is a finite verb rather than a noun or an adjective."""
    word, before = words[i], words[i - 1].lower()
    after = words[i + 1].lower().strip(",") if i + 1 < len(words) else ""
    verb = FORMS.get(word)
    if before in DETERMINERS or before in PREPOSITIONS or before in CONJUNCTIONS or before == "more":
        return False
    if verb is None:
        return word.endswith("ed") and len(word) > 4 and (after in AFTER_VERB or after[:1].isdigit())
    if verb.tense == "past":
        return before not in NUMBERS and not before.endswith(("'s", "’s"))
    many = _is_plural(head(" ".join(word for word in words[:i] if word.lower() not in ADVERBS)))
    told = verb.base not in NOUNS_TOO or after in AFTER_VERB or after[:1].isdigit() or after.endswith("ly")
    return told and many == (verb.tense == "base")


def head(subject: str) -> str:
    """The part that says what the subject is: `fleet` in `fleet of ten processes`."""
    words = subject.split()
    return " ".join(words[: next((i for i, word in enumerate(words) if i and word in PREPOSITIONS), len(words))])


def _is_plural(noun: str) -> bool:
    return bool(re.search(r"[^sui'’]s$|\b(?:people|children|men|women|police|i)$", noun.lower()))


def _is_reduced(words: list[str], i: int) -> bool:
    """Whether it is a participle after its noun, as in `people injured in the crash were taken`."""
    following = words[i + 1].lower() if i + 1 < len(words) else ""
    if following not in PREPOSITIONS or (words[i] not in PARTICIPLES and not words[i].endswith("ed")):
        return False
    for word in words[i + 1 :]:
        lowered = word.lower().rstrip(",")
        if lowered in AUXILIARIES:
            return True
        if word.endswith(",") or lowered in _NEW_CLAUSE:
            return False
    return False


def _subject(words: list[str]) -> str | None:
    """The words before the verb without adverbs, if they can stand in a question on their own."""
    kept = list(words)
    while kept and (kept[-1].lower() in ADVERBS or (kept[-1].endswith("ly") and kept[-1].lower() not in NO_ADVERBS)):
        kept.pop()
    lowered = [word.lower() for word in kept]
    if lowered == ["i"]:
        return AUTHOR
    if not kept or len(kept) > 9 or lowered[0] in _NO_SUBJECT or lowered[-1] in STOP_WORDS:
        return None
    return about_author(" ".join(kept)) if BREAKS_SUBJECT.isdisjoint(lowered) else None


def _rest(rest: str) -> tuple[str, str]:
    """What follows the verb in the same clause, and the reason if one is given."""
    reason = re.search(r",? because (?!of)(.+)", rest)
    cut = _CUT.search(f" {rest} ")
    kept = rest[: max(cut.start() - 1, 0)] if cut else rest
    conjunction = _CONJUNCTION.search(f" {kept}")
    if conjunction and _opens_clause(kept[conjunction.end() - 1 :].split()):
        kept = kept[: max(conjunction.start() - 1, 0)]
    return re.sub(r" (?:as well|too|also)$", "", kept.strip()), reason[1] if reason else ""


def _opens_clause(words: list[str]) -> bool:
    """Whether a verb follows soon, so that the conjunction joins clauses and not nouns."""
    soon = [word.lower().strip(",.") for word in words[:6]]
    return any(word in FORMS or word in AUXILIARIES or word in DO for word in soon)


def _is_perfect(word: str, rest: str) -> bool:
    following = [w for w in rest.lower().split()[:3] if w not in ADVERBS and w != "not"]
    return word in HAVE and bool(following) and (following[0] in PARTICIPLES or following[0].endswith("ed"))
