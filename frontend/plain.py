"""Strings from outside are shown as they are: never as Markdown, which could load an image or hide a link."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """The text as one line of Markdown that means nothing but itself; an address may become a link to what it says."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
