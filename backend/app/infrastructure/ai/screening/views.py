"""The same text as a model may read it: folded, and with what hides in encodings decoded."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from string import ascii_letters, digits
from urllib.parse import unquote_plus

_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕԁԛԝһҽӏвкмнтгпαβεικνορτυχγησωıɑɡɩɪʀɴʏʟʜɢʙᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱғ’‘“”«»–—⁄",
        'aeopcyxijsdqwhelvkmhtrnabeikvoptuxynowiagiirnylhgbacdejkmoptuvwzsf\'\'""""--/',
        strict=True,
    )
)
"""Letters that pass for Latin ones. Russian words lose nothing by it: the words of the rules are folded as well."""

_IDEOGRAPHS, _HANGUL = range(0x3400, 0xA000), range(0xAC00, 0xD7A4)
"""They have no case, no marks and no lookalikes."""

_MOST = 4
"""Letters that one character may become: one that stands for a phrase would make a text eighteen times as long."""


class _Fold(dict[int, str | int]):
    """NFKC per character without case, marks and invisible characters; fills itself as characters turn up."""

    def __missing__(self, code: int) -> str | int:
        if 0x10000 <= code < 0x1D400 or 0x1D800 <= code < 0xE0000 or code > 0xE01EF:
            return code  # not remembered: a hostile text could bring a million of them
        self[code] = folded = code if code in _IDEOGRAPHS or code in _HANGUL else _folded(code)
        return folded


def _folded(code: int) -> str:
    if 0xE0020 <= code < 0xE007F:  # tag characters: ASCII that no font shows
        return chr(code - 0xE0000).lower()
    letters = unicodedata.normalize("NFKD", chr(code)).lower()
    plain = [_LOOKALIKES.get(one, one) for one in letters if unicodedata.category(one) not in ("Mn", "Me", "Cf")]
    return "".join(plain) if len(plain) <= _MOST else chr(code)


_FOLD = _Fold({code: chr(code).lower() for code in range(128)})
_STRANGE = re.compile(r"[^\x00-\x7f]")


def fold(text: str) -> str:
    """Compatible letters as plain ones, in lower case; without accents, invisible and direction characters."""
    if text.isascii():
        return text.lower()
    more_bytes = len(text.encode(errors="surrogatepass")) - len(text)
    if more_bytes * 10 > len(text):
        return text.translate(_FOLD)
    return _STRANGE.sub(_plain_letter, text).lower()  # where they are few, this takes a tenth of the time


def _plain_letter(found: re.Match[str]) -> str:
    return found[0].translate(_FOLD)


PLAIN = "plain"
WINDOW, OVERLAP = 4096, 512


@dataclass(frozen=True, slots=True)
class View:
    """One window of what can be read between `start` and `end` of the original; `text` is `raw`, folded."""

    name: str
    raw: str
    text: str
    start: int
    end: int

    def origins(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where spans of `text` stand in the original; for other views than the plain one, where the view does."""
        if self.name != PLAIN:
            return [(self.start, self.end)] * len(spans)
        if len(self.raw) == len(self.text):
            return [(self.start + start, self.start + end) for start, end in spans]
        ends = list(accumulate(len(fold(one)) for one in self.raw))
        return [(self.start + bisect_right(ends, a), self.start + bisect_left(ends, b) + 1) for a, b in spans]


def plain(text: str) -> Iterator[View]:
    """The text as it stands, in windows that overlap."""
    for at in _starts(text):
        raw = text[at : at + WINDOW]
        yield View(PLAIN, raw, fold(raw), at, at + len(raw))


def decoded(text: str) -> Iterator[View]:
    """What its longest runs of base64 and hexadecimal say."""
    for start, end, inside in _runs(text):
        for at in _starts(inside):
            raw = inside[at : at + WINDOW]
            yield View("decoded", raw, fold(raw), start, end)


def respelled(view: View, name: str) -> View:
    """The view, read in one of the `RESPELLINGS`."""
    text = RESPELLINGS[name](view.text)
    return View(name, text, text, view.start, view.end)


def _starts(text: str) -> range:
    return range(0, max(len(text) - OVERLAP, 1), WINDOW - OVERLAP)


_LETTERS_OF_RUNS = frozenset(f"{ascii_letters}{digits}+/_-".encode())
_AS_RUNS = bytes(ord("A") if code in _LETTERS_OF_RUNS else ord(" ") for code in range(256))
_SHORTEST_RUN, _LONGEST_RUN = b"A" * 20, 99_999
_ONLY_HEX = re.compile(r"[0-9A-Fa-f]+")
_MOST_RUNS = 1000


def _runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and content of what is base64 or hexadecimal, the longest first."""
    for length, start in sorted(_candidates(text))[:_MOST_RUNS]:
        run = text[start : start - length]
        if inside := _from_base64(run) or (_from_hex(run) if _ONLY_HEX.fullmatch(run) else ""):
            yield start, start - length, inside


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Length, negative, and start of each run of letters that base64 has."""
    marked = text.encode("ascii", "replace").translate(_AS_RUNS) + b" "
    start = marked.find(_SHORTEST_RUN)
    while start >= 0:
        end = marked.index(b" ", start)
        yield max(start - end, -_LONGEST_RUN), start
        start = marked.find(_SHORTEST_RUN, end)


def _from_base64(run: str) -> str:
    run = run.translate({ord("-"): "+", ord("_"): "/"})
    try:
        return _readable(base64.b64decode(run[: len(run) // 4 * 4]))
    except binascii.Error:
        return ""


def _from_hex(run: str) -> str:
    return _readable(bytes.fromhex(run)) if len(run) % 2 == 0 else ""


def _readable(raw: bytes) -> str:
    """The bytes as text, when they are text: most encoded runs are hashes, keys or images."""
    text = raw.decode("utf-8", "replace")
    letters = sum(map(str.isalpha, text[:64])) + text[:64].count(" ")
    return text if letters * 5 >= min(len(text), 64) * 4 else ""


_LEET = str.maketrans("01345789", "oieastbg")
_SPACED = re.compile(r"(?<!\w)\w([ ._*|-])(?:\w\1{1,3}){4,200}\w(?!\w)")
_SEAM = re.compile(r"[\"'][ ]?\+[ ]?[\"']")

_ESCAPE = re.compile(r"\\(?:x|u00)([0-9a-f]{2})")

RESPELLINGS: dict[str, Callable[[str], str]] = {
    "rot13": lambda folded: codecs.encode(folded, "rot13"),
    "reversed": lambda folded: folded[::-1],
    "leet": lambda folded: folded.translate(_LEET),
    "spaced": lambda folded: _SPACED.sub(_unspaced, folded),
    "escapes": lambda folded: fold(html.unescape(unquote_plus(_ESCAPE.sub(r"%\1", folded)))),
    "joined": lambda folded: _SEAM.sub("", folded),
}
"""Other ways to read a folded text as a whole."""


def _unspaced(found: re.Match[str]) -> str:
    """`i g n o r e  a l l` as two words."""
    gap = found[1]
    return " ".join(word.replace(gap, "") for word in re.split(re.escape(gap) + "{2,3}", found[0]))
