"""Take the sting out of an answer: the same result, whatever pieces it comes in."""

import re
from collections.abc import Iterable
from functools import cache

from .addresses import Known
from .findings import Findings
from .rules import RULES, Reading, Rule


def _begun(heads: Iterable[str]) -> str:
    """A pattern of everything that is a beginning of one of the heads, but not a whole one."""
    following: dict[str, list[str]] = {}
    for head in heads:
        following.setdefault(head[0], []).append(head[1:])
    ways = []
    for first, rests in following.items():
        longer = [rest for rest in rests if rest]
        if longer:
            ways.append(f"{re.escape(first)}(?:{_begun(longer)})?")
    return "|".join(ways) or r"(?!)"


def _begins(rule: Rule) -> str:
    return rule.after + "(?:" + "|".join(re.escape(head) for head in rule.heads) + ")"


def _marks() -> str:
    """A pattern for what of each head is seldom in prose: a character that is no letter, or else the whole head."""
    heads = [head for rule in RULES if not rule.in_tags for head in rule.heads]
    marks = {next((char for char in head if not char.isalnum()), head) for head in heads}
    signs = "".join(re.escape(mark) for mark in sorted(marks) if len(mark) == 1)
    return "|".join([f"[{signs}]", *sorted(mark for mark in marks if len(mark) > 1)])


_FLAGS = re.IGNORECASE | re.ASCII
_TAILS = [re.compile(rule.tail, re.IGNORECASE) for rule in RULES]
_UNDECIDED = re.compile("(?:" + "|".join(f"{rule.after}(?:{_begun(rule.heads)})" for rule in RULES) + r")\Z", _FLAGS)
_LONGEST_HEAD = max(len(head) for rule in RULES for head in rule.heads)
_MARKS = re.compile(_marks(), _FLAGS)
_SPACE = re.compile(r"\s")


@cache
def _heads(indices: tuple[int, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<r{index}>{_begins(RULES[index])})" for index in indices) or r"(?!)", _FLAGS)


def _concerned(text: str, tag: bool) -> tuple[int, ...]:
    """The rules that find one of their heads; a search for all rules at once would take a hundred times as long."""
    if not tag and not _MARKS.search(text):
        return ()
    lowered = text.lower()
    tag = tag or "<" in text
    return tuple(
        index
        for index, rule in enumerate(RULES)
        if (tag or not rule.in_tags) and any(head in lowered for head in rule.heads)
    )


class Defang:
    """Releases text as soon as nothing that follows can change what it becomes."""

    def __init__(self, known: Known, findings: Findings | None = None) -> None:
        self._reading = Reading(known, findings or Findings())
        self._text, self._at, self._enough = "", 0, 0

    def feed(self, piece: str) -> str:
        """What may go out now; ProviderBadAnswer when the answer cannot be mended."""
        self._text = self._text[max(0, self._at - 1) :] + piece
        self._at = min(1, self._at)
        # A long run is looked at again when it has grown by a quarter or may have ended, so that time stays linear.
        if len(self._text) < self._enough and not _SPACE.search(piece):
            return ""
        out = self._advance(self._certain())
        self._enough = (len(self._text) - self._at) * 5 // 4
        return out

    def rest(self) -> str:
        """What was held back, at the end of the answer."""
        return self._advance(len(self._text) + 1)

    def _certain(self) -> int:
        """Where the text begins that might grow into a head."""
        found = _UNDECIDED.search(self._text, max(self._at, len(self._text) - _LONGEST_HEAD))
        return found.start() if found else len(self._text)

    def _advance(self, until: int) -> str:
        text, at, out = self._text, self._at, list[str]()
        heads = _heads(_concerned(text, self._reading.tag))
        final = until > len(text)
        while (found := heads.search(text, at)) and found.start() < until:
            index = int((found.lastgroup or "")[1:])
            end = _end(_TAILS[index], text, found.end())
            if end == len(text) and not final and RULES[index].tail:
                until = found.start()
                break
            start = found.start()
            taken, instead = RULES[index].judge(text[start:end], text[start - 1 : start], self._reading)
            out += text[at:start], instead
            at = start + taken
            if text[start:at] != instead:
                self._reading.findings.mended(RULES[index].kind)
        until = max(at, min(until, len(text)))
        out.append(text[at:until])
        self._at = until
        return "".join(out)


def _end(tail: re.Pattern[str], text: str, start: int) -> int:
    found = tail.match(text, start)
    assert found is not None  # every part of a tail may be empty
    return found.end()


def defanged(known: Known, text: str, findings: Findings | None = None) -> str:
    """The whole text at once."""
    defang = Defang(known, findings)
    return defang.feed(text) + defang.rest()
