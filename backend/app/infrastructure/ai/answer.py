"""An answer on its way out, and its form in the cache."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import orjson

from app.infrastructure.cache import Entry

from .question import NOTHING, Question, Source, Usage, adapter_of

ANSWERS = "answer:"
OFFLINE = "offline"
LONGEST_MODEL = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the value as JSON bytes of the question's type; `degraded` says why it is not the model's.

    `usage` is what this caller's request cost: nothing, when the answer was there already or somebody else paid.
    """

    body: bytes
    source: Source
    model: str
    usage: Usage = NOTHING
    degraded: str | None = None


def cache_key(variant: str, question: Question[Any]) -> str:
    """`answer:<operation>:<128 bits>` over all that shapes the answer; holds no user text."""
    parts = (
        variant,
        question.instructions,
        question.material,
        question.asked,
        question.audience,
        question.retrieved,
        _schema(cast(Hashable, question.answer)),
    )
    return f"{ANSWERS}{question.name}:{hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]}"


@cache
def _schema(answer: Hashable) -> str:
    return hashlib.sha256(orjson.dumps(adapter_of(answer).json_schema(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def to_entry(answer: Answer, now: float, ttl: float, stale: float) -> Entry:
    return Entry(answer.model.encode() + b"\n" + answer.body, now + ttl, now + ttl + stale)


def is_answer(entry: Entry, question: Question[Any]) -> bool:
    """Whether the entry is an answer of the question's type; whoever writes to Redis can put anything there."""
    model, _, body = entry.body.partition(b"\n")
    try:
        question.adapter.validate_json(body)
        return len(model.decode()) <= LONGEST_MODEL
    except ValueError:
        return False


def from_entry(entry: Entry, source: Source, degraded: str | None = None) -> Answer:
    model, _, body = entry.body.partition(b"\n")
    return Answer(body, source, model.decode(), degraded=degraded)
