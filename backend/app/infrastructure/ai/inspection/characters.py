"""Characters that no reader sees. They go before anything else is looked for, so that they can hide nothing."""

import re

from .findings import Findings

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]\n?")
# Bidirectional overrides and isolates, deprecated format characters, tags.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f]")
# Three flags are spelled in tags: gbeng, gbsct and gbwls (England, Scotland, Wales).
_FLAG = re.compile(
    "(\N{WAVING BLACK FLAG}\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f)"
)
_UNDECIDED = re.compile("(?:\r|\N{WAVING BLACK FLAG}[\U000e0061-\U000e007a]{0,5})\\Z")


def readable(text: str, findings: Findings) -> str:
    """The whole text, with pictures of control characters and without invisible ones."""
    shown = _CONTROL.sub(_picture, text)
    if shown != text:
        findings.mended("control")
    if not _INVISIBLE.search(shown):
        return shown
    between_flags = _FLAG.split(shown)
    between_flags[::2] = (_INVISIBLE.sub("", part) for part in between_flags[::2])
    seen = "".join(between_flags)
    if seen != shown:
        findings.mended("invisible")
    return seen


def _picture(found: re.Match[str]) -> str:
    run = found[0]
    if run[0] == "\r":
        return run if run == "\r\n" else "\n"
    code = ord(run[0])
    return (chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}") + run[1:]


class Readable:
    """The same for a text in pieces; what may become a flag or the end of a line is held back."""

    def __init__(self, findings: Findings) -> None:
        self._findings, self._held = findings, ""

    def feed(self, piece: str) -> str:
        text = self._held + piece
        undecided = _UNDECIDED.search(text)
        end = undecided.start() if undecided else len(text)
        self._held = text[end:]
        return readable(text[:end], self._findings)

    def rest(self) -> str:
        held, self._held = self._held, ""
        return readable(held, self._findings)
