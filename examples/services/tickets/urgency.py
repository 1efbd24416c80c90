"""How long a ticket can wait: the levels, and the English words that tell them apart when no model is asked."""

import re
from typing import Literal

Urgency = Literal["critical", "high", "normal", "low"]

LEVELS: tuple[Urgency, ...] = ("critical", "high", "normal", "low")
"""The most urgent first."""

_SIGNS: dict[Urgency, re.Pattern[str]] = {
    "critical": re.compile(
        r"\b(outage|is down|are down|data loss|lost (?:all|our) data|breach|hacked|leaked|nobody can|no one can"
        r"|everyone is affected|stopped working for (?:all|everyone)|cannot take (?:orders|payments))\b",
        re.IGNORECASE,
    ),
    "high": re.compile(
        r"\b(urgent|urgently|asap|immediately|right away|today|deadline|blocked|locked out|charged twice"
        r"|overcharged|(?:second|third|fourth) time|still waiting|cannot log ?in|can't log ?in|unacceptable|lawyer)\b",
        re.IGNORECASE,
    ),
    "low": re.compile(
        r"\b(no (?:rush|hurry)|whenever you|when you have time|suggestion|feature request|would be nice|wondering"
        r"|just curious|typo|thank you for|keep up)\b",
        re.IGNORECASE,
    ),
}


def signs_of_urgency(text: str) -> tuple[Urgency, str | None]:
    """The level, and the words that decided; without any, a ticket is normal."""
    for level, signs in _SIGNS.items():
        if found := signs.search(text):
            return level, found[0]
    return "normal", None
