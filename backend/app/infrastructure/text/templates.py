"""Questions that one sentence answers, by patterns of English grammar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.infrastructure.text.clauses import AUTHOR, Clause, about_author, head, parse
from app.infrastructure.text.grammar import (
    BE,
    LASTING,
    LIVING,
    MODALS,
    PAYING,
    PEOPLE,
    PERSONAL,
    PREPOSITIONS,
    TAKES,
    TRANSITIVE,
)
from app.infrastructure.text.names import Names
from app.infrastructure.text.verbs import BASES, FORMS, third
from app.infrastructure.text.words import words_of

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_DATE = re.compile(
    r"(?:^| )(?:(?:in|on|by|at) (?:early |late |mid-|the \w+ of )?"
    rf"(?:(?:\d{{1,2}} )?{_MONTH}\b(?: \d{{1,2}}\b)?"
    rf"(?:,? \d{{4}})?|(?:1[5-9]|20)\d\d\b|{_DAY}\b|noon\b|midnight\b)"
    r"|(?:\w+ ){1,2}(?:years|months|weeks|days|hours) (?:ago|later)\b|yesterday\b)"
)
_PLACE = re.compile(rf"(?:^| )(?:in|at|near) (?!{_MONTH}|{_DAY})(?:the )?[A-Z][a-z]+(?: [A-Z][a-z]+)*$")
_NUMBER = (
    r"(?:\d[\d.,]*(?: (?:hundred|thousand|million|billion))?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds of|thousands of|millions of)"
)
_ABOUT = r"(?:(?:about|around|over|nearly|almost|some|roughly|only|more than|less than|at least|up to) )?"
_SHARE = re.compile(
    rf"by {_ABOUT}(?:an? |one |two )?(?:half|thirds?|quarter|fifth|tenth|\d[\d.,]*(?:%| percent| per cent| points)?)"
    r"(?P<when> (?:last|this) (?:year|month|week|quarter))?$"
)
_DURATION = re.compile(
    rf"^(?:for )?{_ABOUT}{_NUMBER} (?:seconds|minutes|hours|days|weeks|months|years)\b", re.IGNORECASE
)
_COUNTED = re.compile(rf"^{_ABOUT}{_NUMBER} ((?:[a-z-]+ ){{0,2}}?[a-z-]+s|people|children)\b(?! of\b)", re.IGNORECASE)
_MONEY = re.compile(rf"^{_ABOUT}[$€£]\d")
_CONDITION = re.compile(r"^((?:When|If|Once|As soon as) [^,]{8,90}), (?:then )?(?!said|says)\w+ \w+")
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|them|this|these|those|we|us|you|your|our)\b", re.IGNORECASE)


def candidates(sentence: str, names: Names) -> Iterator[tuple[str, str]]:
    """Kind and wording of the questions that a sentence answers, the most telling first."""
    condition = _CONDITION.match(sentence)
    if condition and not _PRONOUN.search(condition[1]):
        yield "what happens", f"What happens {names.inside(about_author(condition[1]))}?"
    clause = parse(sentence)
    if not clause:
        return
    inverted = _invert(clause, names)
    if inverted and not _PRONOUN.search(clause.subject):
        yield from _about_circumstances(clause, inverted)
        yield from _about_object(clause, inverted)
    yield from _about_subject(clause, names)


@dataclass(frozen=True, slots=True)
class _Inverted:
    """A clause turned for a question: `did prices fall`, the base of its verb if known, and what followed it."""

    head: str
    base: str
    rest: str

    def ask(self, word: str, rest: str = "") -> str:
        return " ".join(f"{word} {self.head} {rest}".split()) + "?"


def _invert(clause: Clause, names: Names) -> _Inverted | None:
    subject = names.inside(clause.subject)
    if clause.auxiliary:
        first, _, more = clause.rest.partition(" ")
        if clause.auxiliary in MODALS and first in FORMS and FORMS[first].base == first:
            return _Inverted(f"{clause.auxiliary} {subject} {first}", first, more)
        return _Inverted(f"{clause.auxiliary} {subject}", "", clause.rest)
    if not clause.verb:
        return None
    present = "does" if clause.verb.tense == "third" or clause.subject == AUTHOR else "do"
    do = "did" if clause.verb.tense == "past" else present
    return _Inverted(f"{do} {subject} {clause.verb.base}", clause.verb.base, clause.rest)


def _about_circumstances(clause: Clause, inverted: _Inverted) -> Iterator[tuple[str, str]]:
    rest = inverted.rest
    if _PRONOUN.search(rest):
        return
    if clause.reason:
        yield "why", inverted.ask("Why", rest)
    yield from _about_quantity(inverted)
    date = _DATE.search(rest)
    if date and len(rest[: date.start()].split()) <= 12:
        yield "when", inverted.ask("When", rest[: date.start()])
    elif _DATE.fullmatch(clause.front[:1].lower() + clause.front[1:]):
        yield "when", inverted.ask("When", rest)
    place = _PLACE.search(rest)
    if place and not date:
        yield "where", inverted.ask("Where", rest[: place.start()])


def _about_quantity(inverted: _Inverted) -> Iterator[tuple[str, str]]:
    rest, base = inverted.rest, inverted.base
    share, counted = _SHARE.match(rest), _COUNTED.match(rest)
    if share:
        yield "how much", inverted.ask("By how much", share["when"] or "")
    elif _DURATION.match(rest) and base in LASTING:
        yield "how long", inverted.ask("How long")
    elif _MONEY.match(rest) and base in PAYING:
        yield "how much", inverted.ask("How much")
    elif counted and base:
        yield "how many", inverted.ask(f"How many {counted[1]}")


def _about_object(clause: Clause, inverted: _Inverted) -> Iterator[tuple[str, str]]:
    first, _, more = inverted.rest.partition(" ")
    if clause.auxiliary in ("is", "are") and first in ("a", "an") and PEOPLE.isdisjoint(words_of(more)):
        yield "definition", inverted.ask("What")
    elif more and first == TAKES.get(inverted.base):
        yield "object", inverted.ask("What", first)
    elif first and inverted.base in TRANSITIVE and first not in PREPOSITIONS:
        yield "object", inverted.ask("What")


def _about_subject(clause: Clause, names: Names) -> Iterator[tuple[str, str]]:
    rest = clause.rest
    if len(rest) < 4 or len(rest) > 130 or _PRONOUN.search(rest.replace("of them", "")):
        return
    if clause.subject == AUTHOR or clause.front.split(" ", 1)[0] in ("If", "When", "Once", "Unless"):
        return
    action = next((FORMS[w].base if w in FORMS else BASES.get(w, w) for w in rest.split() if w != "not"), "")
    action = clause.verb.base if clause.verb else action
    name = names.is_name(clause.subject)
    people = not PEOPLE.isdisjoint(words_of(head(clause.subject)))
    if people or action in PERSONAL or (name and action in LIVING):
        yield "who", f"Who {_agreeing(clause)} {rest}?"
    elif not name:
        yield "what", f"What {_agreeing(clause)} {rest}?"


def _agreeing(clause: Clause) -> str:
    """The verb as who and what want it: in the singular."""
    if clause.word == "are" and re.match(r"the (?:\w+ )?\w+[^s]s\b", clause.rest):
        return "are"
    if clause.verb and clause.verb.tense == "base":
        return third(clause.verb.base)
    return {**BE, "have": "has"}.get(clause.word, clause.word)
