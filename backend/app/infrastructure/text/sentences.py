"""Where sentences begin and end, in one pass over the text."""

import re
from collections.abc import Iterator, Sequence

from app.infrastructure.text.vocabulary import STOP_WORDS, word_set

_LONGEST = 600
_PIECE = 240
_NEVER_LAST = word_set(
    """dr mr mrs ms prof st mt gen col sgt capt lt rev hon gov sen rep pres e.g i.e cf vs viz approx dept est al ca bzw
    usw z.b d.h u.a s.o vgl sog evtl ggf inkl mme mlle sr sra dra"""
)
_BEFORE_NUMBERS = word_set("no nos nr fig figs eq sec ch vol p pp art op")
_OFTEN_LAST = word_set("a.m p.m etc")
_SOMETIMES_LAST = word_set("inc ltd co corp jr bros u.s u.k u.n ph.d")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)*[A-ZÄÖÜ]")
_DATES = word_set(
    """monday tuesday wednesday thursday friday saturday sunday januar februar märz april mai juni juli august
    september oktober november dezember january february march may june july october december"""
)
_OPENERS = "\"'“‘«„([{¿¡*"
_STOP = re.compile("[.!?…]++[\"'”’»“)\\]}*]*+|[。！？｡؟।॥۔։።။។]++[”’」』》）\"')\\]]*+")
_NEXT = re.compile(rf"\s[{re.escape(_OPENERS)}]*+(\S{{1,30}})")
_LINE_MARK = re.compile(r"(?:[-*+•‣◦▪–—>]|#{1,6}|\d{1,3}[.)]|[a-zA-Z]\))\s+(?:\[[ xX]\]\s+)?")
ENDS = (".", "!", "…", "。", "！", "।", "۔", '"', "”", "’", "»", ")")
"""What a statement ends with; headings and list items often lack it."""

_SPEAKS = re.compile(r"[^\W_]|[\u2600-\u27bf\U0001f000-\U0001faff]")


def split_sentences(text: str) -> list[str]:
    """The sentences in order, blanks and line breaks inside them reduced to one blank, list marks left out.

    A line break ends a sentence unless the line was wrapped there. More than 600 characters come in pieces.
    """
    casual = _writes_lower_case(text)
    pieces = [
        piece
        for block in _blocks(text)
        for sentence in _split_block(block, casual)
        for piece in _cut(sentence)
        if _SPEAKS.search(piece)
    ]
    return pieces or list(_cut(" ".join(text.split())))


def join_sentences(sentences: Sequence[str]) -> str:
    """Sentences as one text; list items without a full stop are separated by semicolons."""
    closed = [s if s.endswith((*ENDS, ":", "?", "？")) else f"{s};" for s in sentences[:-1]]
    return re.sub(r"(?<=[。！？」』]) ", "", " ".join([*closed, *sentences[-1:]]))


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, list items and headings, each on one line."""
    lines = [line.strip() for line in text.splitlines()]
    width = max(map(len, lines), default=0)
    block: list[str] = []
    for line in lines:
        mark = _LINE_MARK.match(line)
        if block and (mark or not _continues(block[-1], line, width)):
            yield " ".join(" ".join(block).split())
            block = []
        if line:
            block.append(line[mark.end() :] if mark else line)
    if block:
        yield " ".join(" ".join(block).split())


def _continues(line: str, following: str, width: int) -> bool:
    """Whether the break was made for want of room: the next word would not have fitted."""
    if not line or not following or line[-1] in ":。！？":
        return False
    wrapped = 50 <= width <= 140 and len(line) + len(following.split(maxsplit=1)[0]) >= width
    return wrapped or following[0].islower()


def _writes_lower_case(text: str) -> bool:
    lower = len(re.findall(r"[.!?]\s+[a-zß-ÿ]", text))
    return lower > 1 and lower > len(re.findall(r"[.!?]\s+[A-ZÀ-Þ]", text))


def _split_block(block: str, casual: bool) -> Iterator[str]:
    begin = 0
    for stop in _STOP.finditer(block):
        if _ends(block, begin, stop, casual):
            yield block[begin : stop.end()].strip()
            begin = stop.end()
    if block[begin:].strip():
        yield block[begin:].strip()


def _ends(block: str, begin: int, stop: re.Match[str], casual: bool) -> bool:
    if stop[0][0] not in ".!?…" or stop.end() == len(block):
        return True
    following = _NEXT.match(block, stop.end())
    if not following:
        return block[stop.end()] > "\u2e80" and stop[0][0] in "!?"
    if stop.start() - begin <= 3 and block[begin : stop.start()].isdigit():
        return False
    word = block[max(begin, stop.start() - 20) : stop.start()].rsplit(" ", 1)[-1].lstrip(_OPENERS)
    if stop[0] == "." and _abbreviates(word, following[1]):
        return False
    return casual or not following[1][0].islower()


def _abbreviates(word: str, following: str) -> bool:
    """Whether the full stop between the two belongs to the word."""
    known, after = word.lower(), following.rstrip(",:;").lower()
    if known in _NEVER_LAST or (len(word) == 1 and len(following) == 2 and following[1] == "."):
        return True
    if known in _BEFORE_NUMBERS:
        return after[:1].isdigit()
    if known in _OFTEN_LAST or (known.isdigit() and len(known) <= 2):
        return after.rstrip(".") in _DATES
    if known in _SOMETIMES_LAST or _ACRONYM.fullmatch(word):
        return after not in STOP_WORDS
    return False


def _cut(sentence: str) -> Iterator[str]:
    """A sentence too long to quote in pieces, cut at a comma or the like, else between words, else anywhere."""
    if len(sentence) > _LONGEST:
        while len(sentence) > _PIECE:
            room = sentence[:_PIECE]
            at = max(room.rfind(mark, _PIECE // 3) for mark in (", ", "; ", ": ", "，", "、", "；")) + 1
            at = at or room.rfind(" ") + 1 or _PIECE
            yield sentence[:at].strip()
            sentence = sentence[at:].lstrip()
    if sentence:
        yield sentence
