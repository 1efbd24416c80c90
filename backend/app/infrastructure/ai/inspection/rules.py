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


_ADDRESS = re.compile(r"(https?|ftp)(\\?:)([/\\]*)|www\.", re.IGNORECASE)
_SAFE_SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp"}


def _address(run: str, before: str, reading: Reading) -> Judged:
    found = _ADDRESS.match(run)
    assert found is not None
    start = found.end() if found[1] else 0
    rest = run[start:]
    authority = authority_of(rest)
    none = not re.search(r"[\w%\[]", authority if found[1] else authority[4:])
    if none or (found[3] == "" and "." not in authority.strip(".")):
        return found.end(), found[0]
    host = host_of(authority)
    if reading.known.host(host, strict=reading.image) or reading.known.holds(before, rest):
        end = start + len(host or "")
        return (end, run[:end]) if end else (1, run[0])
    if not found[1]:
        return found.end(), f"{found[0][:-1]}[.]"
    return start, _SAFE_SCHEMES[found[1].lower()] + found[2] + found[3]


_RELATIVE = re.compile(r"(!\[|\]\(|\]:|=|url\()([ \t\r\n\f]*)([\"'<]?)([/\\]*)([^\s/\\?#]*)", re.IGNORECASE)


def _relative(run: str, before: str, reading: Reading) -> Judged:
    """Addresses without a scheme, where only the place shows that they are some: `](//host/path`."""
    found = _RELATIVE.match(run)
    assert found is not None
    head, space, quote, slashes, authority = found.groups()
    reading.image |= head in ("![", "]:")
    reading.quoted |= head == "=" and bool(quote)
    hidden = len(space) > _SPACES
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
    | <a[\s/]+[^\s<>=/]+\s*=
    | <(?:applet|area|audio|base|body|button|embed|form|frame|frameset|iframe|image|img|input|link|math|meta|object
      |portal|select|source|svg|textarea|track|video)(?:[\s/]+[^\s<>=/]|[\s/]{20})
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


_EVENT = re.compile(
    r"""(on(?:abort|animation\w+|auxclick|before\w+|begin|blur|bounce|cancel|canplay\w*|change|click|close|contextmenu|copy
    |cuechange|cut|dblclick|drag\w*|drop|durationchange|emptied|end|ended|error|finish|focus\w*|formdata|fullscreen\w+
    |gotpointercapture|hashchange|input|invalid|key\w+|load\w*|lostpointercapture|message\w*|mouse\w+|offline|page\w+
    |paste|pause|play\w*|pointer\w+|popstate|progress|ratechange|repeat|reset|resize|scroll\w*|search|security\w+|seek\w+
    |select\w*|show|slotchange|stalled|start|storage|submit|suspend|timeupdate|toggle|touch\w+|transition\w+|unload
    |volumechange|waiting|webkit\w+|wheel))(?:(\s*)=|\s{9})""",
    re.VERBOSE | re.IGNORECASE,
)

_IDLE = re.compile(r"\w+\s*=\s*[\w.]{1,40}(?:,?\s|\)|>)")
"""A mere name does nothing as a handler, and is what arguments of functions look like: `f(x, onerror=None)`."""


def _handler(run: str, before: str, reading: Reading) -> Judged:
    found = _EVENT.match(run) if reading.tag else None
    if found is None or _IDLE.match(run):
        return 2, run[:2]
    if found[2] is None:
        return found.end(1), f"{found[1]}&#61;"
    return found.end(), f"{found[1]}{found[2]}&#61;"


_OF_ADDRESSES = frozenset(ascii_letters + digits + ":/\\.()\t\n\r")


def _reference(run: str, before: str, reading: Reading) -> Judged:
    """A character reference for what could be written plainly in an address is there to hide the address."""
    hides = len(run) > 2 and html.unescape(run)[:1] in _OF_ADDRESSES
    return 1, "&amp;" if hides else "&"


def _control(run: str, before: str, reading: Reading) -> Judged:
    code = ord(run[0])
    return 1, chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def _return(run: str, before: str, reading: Reading) -> Judged:
    return len(run), run if run == "\r\n" else "\n"


def _invisible(run: str, before: str, reading: Reading) -> Judged:
    return 1, ""


_FLAG = re.compile("\N{WAVING BLACK FLAG}[\U000e0061-\U000e007a]{2,6}\U000e007f")


def _flag(run: str, before: str, reading: Reading) -> Judged:
    """The flags of England, Scotland and Wales are spelled in tag characters, which are invisible everywhere else."""
    found = _FLAG.match(run)
    return (found.end(), found[0]) if found else (1, run[0])


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


_CONTROLS = tuple(chr(code) for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)))
_INVISIBLE = tuple(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)))

RULES = (
    Rule("address", ("http:", "https:", "http\\:", "https\\:", "ftp:", "www."), r"\S{0,2048}", _address),
    Rule(
        "address",
        ("![", "](", "]:", "=", "url("),
        rf"[ \t\r\n\f]{{0,{_SPACES + 1}}}[\"'<]?(?:[/\\]{{2}}[/\\]{{0,7}}[^\s/\\?#]{{0,300}}|[/\\]?)",
        _relative,
    ),
    Rule(
        "script",
        ("javascript:", "javascript\\:", "vbscript:", "vbscript\\:", "data:", "data\\:"),
        r"[a-z]{0,12}\S?",
        _scheme,
        r"(?<![\w`:])",
    ),
    Rule("markup", ("<",), r"/?[\w:-]{0,24}[\s/]{0,20}[^\s<>=/]{0,40}\s{0,9}=?", _tag),
    Rule("markup", (">",), "", _tag_end, in_tags=True),
    Rule(
        "script", ("on",), r"[a-z]{0,30}\s{0,9}=?\s{0,9}[\w.]{0,40},?[)\s>]?", _handler, r"(?<=[\s/\"'])", in_tags=True
    ),
    Rule("markup", ("&",), r"#?[a-z0-9]{0,40};?", _reference),
    Rule("control", _CONTROLS, "", _control),
    Rule("control", ("\r",), r"\n?", _return),
    Rule("invisible", _INVISIBLE, "", _invisible),
    Rule("invisible", ("\N{WAVING BLACK FLAG}",), "[\U000e0020-\U000e007f]{0,8}", _flag),
    Rule("secret", tuple(head.lower() for head in CREDENTIAL_HEADS), r"[\w-]{0,400}", _secret, r"(?<![A-Za-z0-9])"),
    Rule("secret", ("-----begin ",), r"[A-Z ]{0,40}-{0,5}[\s\\]{0,9}[A-Za-z0-9+/]{0,16}", _private_key),
)
