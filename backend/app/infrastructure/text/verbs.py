"""English verbs: from the form in a sentence to the base that a question needs."""

from dataclasses import dataclass
from typing import Literal

from app.infrastructure.text.vocabulary import word_set

Tense = Literal["past", "third", "base"]
"""`third` is the present with he, she or it; `base` the present with the others."""

_IRREGULAR = """
be was been|become became become|begin began begun|bind bound bound|break broke broken|bring brought brought
build built built|burn burnt burnt|buy bought bought|catch caught caught|choose chose chosen|come came come
cost cost cost|cut cut cut|deal dealt dealt|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten
fall fell fallen|feed fed fed|feel felt felt|fight fought fought|find found found|fly flew flown
forget forgot forgotten|freeze froze frozen|get got got|give gave given|go went gone|grow grew grown
have had had|hear heard heard|hide hid hidden|hit hit hit|hold held held|keep kept kept|know knew known
lay laid laid|lead led led|leave left left|lend lent lent|let let let|lose lost lost|make made made
mean meant meant|meet met met|pay paid paid|put put put|read read read|ride rode ridden|ring rang rung
rise rose risen|run ran run|say said said|see saw seen|seek sought sought|sell sold sold|send sent sent
set set set|shake shook shaken|shrink shrank shrunk|shut shut shut|sing sang sung|sink sank sunk|sit sat sat
sleep slept slept|speak spoke spoken|spend spent spent|split split split|spread spread spread
stand stood stood|steal stole stolen|stick stuck stuck|strike struck struck|swim swam swum|take took taken
teach taught taught|tell told told|think thought thought|throw threw thrown|understand understood understood
wake woke woken|wear wore worn|win won won|withdraw withdrew withdrawn|write wrote written
"""
_REGULAR = """
abandon accept accompany achieve acquire add admit adopt affect agree aim allow analyse analyze announce answer
appear apply appoint appreciate approach approve argue arrange arrive ask assign assume attach attract avoid
award ban believe belong block borrow call cancel capture carry cause celebrate charge check claim climb close
collapse collect combine compare compete complain complete compress concern conclude confirm connect consider
consist consume contain continue contribute control convert cool cover crash create criticise criticize cross
damage decide declare decline decrease defeat define delay delete deliver demand deny depend describe deserve
design destroy detect determine develop die disappear discover discuss divide dominate double drop earn elect
eliminate emerge employ enable encourage end enjoy enter escape establish estimate evaluate examine exceed
exclude execute exist expand expect expire explain explore expose express extend face fail fear fill finance
finish fit fix focus follow force form fund gain gather generate guarantee handle happen hate help hire hope
hurry identify ignore illustrate imagine implement import improve include increase indicate influence inform
inherit insist install intend introduce invent invest invite involve join jump kill lack land last launch learn
like limit link list live load locate log love lower maintain manage mark marry matter measure melt mention miss
monitor move multiply need note notice object observe obtain occur offer open operate oppose order organise
organize own pass perform permit persuade plan play please point possess postpone pour predict prefer prepare
present preserve press prevent print process produce promise promote propose protect prove provide publish pull
purchase push raise reach react realise realize receive recommend record recover reduce refer reflect refuse
regret reject relate release rely remain remember remove renew rent repair repeat replace reply report represent
request require rescue resign resolve respond rest restore result retire return reveal review sail save scan
schedule search secure seem separate serve settle share ship show sign skip slip smile solve start state stay
stop store study submit succeed suffer suggest supply support suppose surprise survive suspect switch talk test
thank touch track trade train transfer transform translate travel treat trigger trust try turn unite update urge
use vary visit vote wait walk want warn wash watch weigh welcome wipe wish wonder work worry wrap
"""
_DOUBLED = word_set(
    """admit ban commit control cancel drop fit occur permit plan prefer refer stop transfer slip skip ship wrap scan
    log"""
)
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Verb:
    base: str
    tense: Tense


def third(base: str) -> str:
    """The form after he, she or it: `carries`, `goes`, `is`."""
    if base in ("be", "have"):
        return {"be": "is", "have": "has"}[base]
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return base + (base[-1] if base in _DOUBLED else "") + "ed"


_TRIPLES = [tuple(entry.split()) for entry in _IRREGULAR.replace("\n", "|").split("|") if entry]
BASES = {form: base for base, *forms in _TRIPLES for form in forms}
"""Irregular past forms and participles, to the base."""

PARTICIPLES = frozenset(participle for _, _, participle in _TRIPLES) | {_past(base) for base in _REGULAR.split()}

_PASTS = {past: base for base, past, _ in _TRIPLES if base != "be"} | {_past(base): base for base in _REGULAR.split()}
_ALL = [base for base, *_ in _TRIPLES if base != "be"] + _REGULAR.split()
FORMS = (
    {base: Verb(base, "base") for base in _ALL}
    | {third(base): Verb(base, "third") for base in _ALL}
    | {past: Verb(base, "past") for past, base in _PASTS.items()}
)
"""Every finite form of the verbs known here; where base and past are alike (`put`), it is the past."""
