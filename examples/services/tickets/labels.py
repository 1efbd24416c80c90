"""The labels of a team: user text, so they reach the model inside a fence and never as an instruction."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

LONGEST = 120

Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[\w&/+()'’.,-][\w &/+()'’.,-]*(:[^\x00-\x1f]*)?$"),
]
"""`Billing`, or with the words that belong there: `Billing: invoice, refund`. One line.

A name has words and plain punctuation alone, because inspection changes markup and invisible characters in answers.
"""

Labels = Annotated[list[Label], Field(min_length=2, max_length=20)]


def name_of(label: str) -> str:
    return label.partition(":")[0].strip()


def asked(labels: Sequence[str]) -> str:
    """The question block: which of them fits."""
    return "\n".join(["Which of these labels fits?", *(f"- {label}" for label in labels)])
