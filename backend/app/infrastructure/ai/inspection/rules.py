"""What can do harm in an answer, and what stands there instead. docs/data-protection.md lists it for readers.

A rule reads a run: one of its heads, and what its tail matches after it. Tails are rows of greedy, bounded repetitions,
so that a run which ends before the text does is the same however the text goes on.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_letters, digits

from ..credentials import CREDENTIAL, PRIVATE_KEY
from ..credentials import HEADS as CREDENTIAL_HEADS
from .addresses import Known, authority_of, host_of
from .findings import Findings, Kind

MASK = "(secret)"
"""What stands in place of a secret; with square brackets it could become part of a link."""


@dataclass(slots=True)
class Reading:
    """What is known of an answer so far. Images load without a click, so after one (or after the definition of a link,
    which an image may use) only listed hosts and addresses out of the material pass.
    """

    known: Known
    findings: Findings
    image: bool = False
    tag: bool = False
    quoted: bool = False


Judged = tuple[int, str]
"""So many characters of the run are done, and what stands in their place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`heads` are in small letters; `after` is a lookbehind; a rule `in_tags` waits for the first tag."""

    kind: Kind
    heads: tuple[str, ...]
    tail: str
    judge: Callable[[str, str, Reading], Judged]
    after: str = ""
    in_tags: bool = False


_ADDRESS = re.compile(r"(https?|ftp|file|smb|wss?)(\\?:)([/\\]*)|www\.", re.IGNORECASE)
_ALWAYS = {"http": "hxxp", "https": "hxxps", "ftp": "fxp"}
_WITH_SLASHES = {"file": "fxle", "smb": "sxb", "ws": "wxs", "wss": "wxss"}
"""Without a slash these are words: `file:line`."""


def _address(run: str, before: str, reading: Reading) -> Judged:
    found = _ADDRESS.match(run)
    assert found is not None
    scheme = (found[1] or "").lower()
    start = found.end() if scheme else 0
    rest = run[start:]
    authority = authority_of(rest)
    none = not re.search(r"[\w%\[]", authority if scheme else authority[4:])
    if none:
        return found.end(), found[0]
    host = host_of(authority)
    if reading.known.host(host, strict=reading.image) or reading.known.holds(before, rest):
        end = start + len(host or "")
        return (end, run[:end]) if end else (1, run[0])
    if not scheme:
        return found.end(), f"{found[0][:-1]}[.]"
    return start, (_ALWAYS | _WITH_SLASHES)[scheme] + found[2] + found[3]


_RELATIVE = re.compile(r"(!\[|\]\(|\]:|=|url\()([ \t\r\n\f]*)([\"'<]?)([/\\]*)([^\s/\\?#]*)", re.IGNORECASE)
_BROKEN = re.compile(
    r"\]\((?!unsafe:)\s*[\"'<]?(?:[a-z]+\\?:)?[/\\]*[^\s/\\?#()<>]*(?:[\t\r\n]{9}|[\t\r\n]+[^\s\"'()])",
    re.IGNORECASE,
)
"""Browsers drop line ends and tabs inside an address, so `](ht\\ntps://host` leads there."""


def _relative(run: str, before: str, reading: Reading) -> Judged:
    """Addresses without a scheme, where only the place shows that they are some: `](//host/path`."""
    found = _RELATIVE.match(run)
    assert found is not None
    head, space, quote, slashes, authority = found.groups()
    reading.image |= head in ("![", "]:")
    reading.quoted |= head == "=" and bool(quote)
    hidden = len(space) > _SPACES or _BROKEN.match(run)
    named = len(slashes) > 1 and re.search(r"[.%]" if head == "=" else r"[\w%\[]", authority)
    if hidden or (named and not reading.known.host(host_of(authority), strict=reading.image)):
        return len(head), f"{head}unsafe:"
    return len(head), head


_SPACES = 60
"""More space than this before the target of a link is meant to hide it."""

_SCRIPT = re.compile(
    r"(?:javascript|vbscript)\\?:\S|data\\?:(?:[;,]|(?:application|audio|font|image|message|model|text|video)/)",
    re.IGNORECASE,
)


def _scheme(run: str, before: str, reading: Reading) -> Judged:
    return (1, f"unsafe:{run[0]}") if _SCRIPT.match(run) else (1, run[0])


_TAG = re.compile(
    r"""
    </?(?:script|style)(?![\w:-])
    | <(?:animate\w*|applet|area|audio|base|bgsound|body|button|embed|fencedframe|form|frame|frameset|iframe|image|img
      |input|link|math|meta|object|portal|select|set|source|svg|textarea|track|use|video)(?:[\s/]+[^\s<>=/]|[\s/]{20})
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _tag(run: str, before: str, reading: Reading) -> Judged:
    if _TAG.match(run):
        return 1, "&lt;"
    if run[1:2].isalpha():
        reading.tag, reading.quoted = True, reading.quoted and reading.tag
    return 1, "<"


def _tag_end(run: str, before: str, reading: Reading) -> Judged:
    """After a quote, `>` may be a part of a value, so the tag counts as open from there on."""
    reading.tag = reading.tag and reading.quoted
    return 1, ">"


_ATTRIBUTE = re.compile(r"(on[a-z]{3,}|background|(?:xlink:)?href|style)(?:(\s*)=|\s{9})", re.IGNORECASE)

_IDLE = re.compile(r"(?:on|style)\w*\s*=\s*[\w.]{1,40}(?:,?\s|\)|>)", re.IGNORECASE)
"""A mere name does nothing as a handler, and is what arguments of functions look like: `f(x, onerror=None)`."""


def _attribute(run: str, before: str, reading: Reading) -> Judged:
    """Attributes that act, load or lead in any element."""
    found = _ATTRIBUTE.match(run) if reading.tag else None
    if found is None or _IDLE.match(run):
        return 1, run[0]
    if found[2] is None:
        return found.end(1), f"{found[1]}&#61;"
    return found.end(), f"{found[1]}{found[2]}&#61;"


_OF_ADDRESSES = frozenset(ascii_letters + digits + ":/\\.()\t\n\r")
_ZEROS = re.compile(r"&#x?0{4}", re.IGNORECASE)


def _reference(run: str, before: str, reading: Reading) -> Judged:
    """A character reference for what could be written plainly in an address is there to hide the address, and so are
    many zeros, behind which a browser finds any character.
    """
    hides = _ZEROS.match(run) or (len(run) > 2 and html.unescape(run)[:1] in _OF_ADDRESSES)
    return 1, "&amp;" if hides else "&"


def _secret(run: str, before: str, reading: Reading) -> Judged:
    found = CREDENTIAL.match(run)
    if found is None:
        return 1, run[0]
    return found.end(), found[0] if found[0] in reading.known.material else MASK


def _private_key(run: str, before: str, reading: Reading) -> Judged:
    found = PRIVATE_KEY.match(run)
    if found and found[0] not in reading.known.material:
        reading.findings.refuse("secret")
    return 1, run[0]


def _before_colons(*schemes: str) -> tuple[str, ...]:
    """With and without the backslash that Markdown drops."""
    return tuple(scheme + colon for scheme in schemes for colon in (":", "\\:"))


_OPENING = rf"[ \t\r\n\f]{{0,{_SPACES + 1}}}[\"'<]?"

RULES = (
    Rule("address", (*_before_colons(*_ALWAYS), "www."), r"\S{0,2048}", _address),
    Rule(
        "address",
        tuple(head + slash for head in _before_colons(*_WITH_SLASHES) for slash in "/\\"),
        r"\S{0,2048}",
        _address,
        r"(?<![A-Za-z0-9])",
    ),
    Rule(
        "address",
        ("![", "]:", "=", "url("),
        _OPENING + r"(?:[/\\]{2}[/\\]{0,7}[^\s/\\?#]{0,300}|[/\\]?)",
        _relative,
    ),
    Rule(
        "address",
        ("](",),
        _OPENING + r"(?:[a-z]{1,12}\\?:)?[/\\]{0,9}[^\s/\\?#]{0,300}[\t\r\n]{0,9}\S?",
        _relative,
    ),
    Rule(
        "script",
        _before_colons("javascript", "vbscript", "data"),
        r"[a-z]{0,12}\S?",
        _scheme,
        r"(?<![\w`:])",
    ),
    Rule("markup", ("<",), r"/?[\w:-]{0,24}[\s/]{0,20}[^\s<>=/]{0,40}\s{0,9}=?", _tag),
    Rule("markup", (">",), "", _tag_end, in_tags=True),
    Rule(
        "script",
        ("on", "background", "href", "xlink:href", "style"),
        r"[a-z]{0,40}\s{0,9}=?\s{0,9}[\w.]{0,40},?[)\s>]?",
        _attribute,
        r"(?<=[\s/\"'])",
        in_tags=True,
    ),
    Rule("markup", ("&",), r"#?[a-z0-9]{0,40};?", _reference),
    Rule("secret", tuple(head.lower() for head in CREDENTIAL_HEADS), r"[\w-]{0,400}", _secret, r"(?<![A-Za-z0-9])"),
    Rule("secret", ("-----begin ",), r"[A-Z ]{0,40}-{0,5}[\s\\]{0,9}[A-Za-z0-9+/]{0,16}", _private_key),
)
