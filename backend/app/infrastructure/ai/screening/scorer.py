"""From a text to its score and the evidence for it, in time that grows with its length and with nothing else."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain, islice

from .detector import FLAG, Assessment, Evidence
from .lexicon import LEET, LETTER, REVERSED, ROT13, encode, words_of
from .matching import Rule, Span
from .rules import ATTACK, HIDDEN, HINTS, INVISIBLE, MARKS, ORDERS, TALK
from .views import View, decoded, plain, respelled

HIDDEN_VIEWS = 32
"""Most windows of a text that are read in other ways than as they stand: enough for 100 kB."""

_HIDING = 3
"""Points from which a hidden view counts as hiding something."""

_IN_CODES = {"rot13": ROT13, "reversed": REVERSED, "leet": LEET, "spaced": LETTER * 5}


@dataclass(frozen=True, slots=True)
class Reading:
    """The rules that a view met, with spans of words (orders) or characters (marks); `hides` if they are new ones."""

    view: View
    codes: str
    orders: dict[Rule, Span]
    marks: dict[Rule, Span]
    hides: bool

    @property
    def talks(self) -> bool:
        return self.codes.count(ATTACK) >= 3

    @property
    def score(self) -> int:
        points = _points(self.orders, self.marks) + HIDDEN * self.hides
        return max(points + TALK, min(points, FLAG)) if self.talks else points


def assess(text: str, *, explain_from: int = 0) -> Assessment:
    """The most suspicious view of the text decides: harmless text around it neither helps nor hurts.

    Evidence is worked out from `explain_from` points on.
    """
    best = max(readings(text), key=lambda one: one.score)
    evidence = sorted(_evidence(best), key=lambda one: -one.weight) if best.score >= explain_from else ()
    return Assessment(best.score, tuple(evidence))


def readings(text: str) -> Iterator[Reading]:
    hinted: list[tuple[View, Reading]] = []
    for view in plain(text):
        reading = _read(view)
        yield reading
        hinted += ((respelled(view, name), reading) for name in _hints(reading) if len(hinted) < HIDDEN_VIEWS)
    for view, reading in hinted:
        yield _read(view, {*reading.orders, *reading.marks})
    for view in islice(decoded(text), HIDDEN_VIEWS):
        yield _read(view, frozenset())


def _hints(reading: Reading) -> Iterator[str]:
    """The other ways to read a view that have a cheap sign of being worth it."""
    yield from (name for name, sign in _IN_CODES.items() if sign in reading.codes)
    yield from (rule.name for rule in HINTS.met(reading.view.text))


def _read(view: View, known: Set[Rule] | None = None) -> Reading:
    """`known` are the rules that the text meets as it stands; None when this view is the text as it stands."""
    codes = encode(view.text)
    orders, marks = ORDERS.met(codes), MARKS.met(view.text)
    if not view.raw.isascii():
        marks |= INVISIBLE.met(view.raw)
    hides = known is not None and _points(orders.keys() - known, marks.keys() - known) >= _HIDING
    return Reading(view, codes, orders, marks, hides)


def _points(*rules: Iterable[Rule]) -> int:
    return sum(rule.weight for rule in chain(*rules))


def _evidence(reading: Reading) -> Iterator[Evidence]:
    view = reading.view
    last = max((last for _, last in reading.orders.values()), default=0)
    words = list(islice(words_of(view.text).finditer(view.text), last))
    spans = [(words[first].start(), words[last - 1].end()) for first, last in reading.orders.values()]
    spans += reading.marks.values()
    for rule, (start, end) in zip(chain(reading.orders, reading.marks), view.origins(spans), strict=True):
        yield Evidence(rule.name, rule.weight, start, end, view.name)
    if reading.hides:
        yield Evidence("hidden", HIDDEN, view.start, view.end, view.name)
    if reading.talks:
        yield Evidence("attack_talk", TALK, view.start, view.end, view.name)
