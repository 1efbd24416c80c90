"""Words that pass through nearly every test, and may be told to nobody but those who ask and those who answer.

Services, Redis servers and collectors of the tests are searched for them when they end, and the answers to failed
requests as they come. What is found fails the test then; the last lines of a run say how much was searched.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

API_KEY = "test-client-7f3k9q2m"
OTHER_API_KEY = "test-client-b1x8w4z6"
ADMIN_KEY = "test-operator-5d0h2v8c"
MODEL_KEY = "test-model-key-3c8n5y2r"
TEXT = "Tea was late again. The guests did not mind, because the cake was excellent."
ASKED = "What was late?"
ANSWERED = "These are a few words about {digest}."

CANARIES = {
    **{key[-8:]: "a key" for key in (API_KEY, OTHER_API_KEY, ADMIN_KEY, MODEL_KEY)},
    "cake was excellent": "a text",
    "What was late": "a question",
    "few words about": "an answer",
}

searched: Counter[str] = Counter()
"""How much was searched in this process, and in how many places something was found."""


def search(where: str, told: str) -> None:
    """Fail when one of the canaries is in what was told there."""
    found = [f"{what} ({word!r}): ...{_around(told, word)}..." for word, what in CANARIES.items() if word in told]
    searched["found"] += len(found)
    assert not found, f"{where} told " + "; ".join(found)


def search_error(response: httpx2.Response) -> None:
    """A hook for clients: the headers of every answer, and the whole of one that failed."""
    told = str(response.headers)
    if response.is_error:
        response.read()
        told += response.text
        searched["errors"] += 1
    search(f"the answer to {response.request.method} {response.request.url.path}", told)


def summary(counts: Counter[str]) -> str:
    return (
        f"canaries: {counts['services']} services, {counts['log bytes']:,} bytes of logs, {counts['scrapes']} scrapes, "
        f"{counts['redis keys']} redis keys, {counts['traces']} trace exports, {counts['errors']} failed answers "
        f"searched, {counts['found']} found"
    )


@contextmanager
def planted() -> Iterator[None]:
    """What is found meanwhile was put there by a test, and does not count."""
    before = searched.copy()
    try:
        yield
    finally:
        searched.clear()
        searched.update(before)


def _around(told: str, word: str) -> str:
    at = told.index(word)
    return told[max(0, at - 60) : at + len(word) + 20]
