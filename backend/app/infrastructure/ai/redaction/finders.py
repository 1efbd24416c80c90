"""What personal data and secrets look like. Every pattern is bounded, so time is linear in the text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from stdnum import iban, luhn

from ..credentials import CREDENTIAL


@dataclass(frozen=True, slots=True)
class Finder:
    """`part` gives the piece of a match that really is of this kind, or nothing; texts without `needs` are skipped."""

    kind: str
    pattern: re.Pattern[str]
    part: Callable[[str], str]
    needs: re.Pattern[str]


def finders() -> Iterator[Finder]:
    """In the order in which they are to be tried: whoever is surer of a number comes first."""
    yield Finder("KEY", _SECRET_TEXT, str, re.compile("-----BEGIN|eyJ|[Bb]earer "))
    yield Finder("KEY", CREDENTIAL, str, re.compile("[-_]|A[KSI]"))
    yield Finder("EMAIL", _EMAIL, str, re.compile("@"))
    yield Finder("IBAN", _IBAN, _iban, _DIGITS)
    yield Finder("CARD", _CARD, _card, _DIGITS)
    for pattern, countries in _IDS.items():
        valid = [import_module(f"stdnum.{name}").is_valid for name in countries.split()]
        yield Finder("ID", re.compile(rf"(?<![\w.+-])(?:{pattern})(?![\w-]|\.\d)"), _checked(valid), _DIGITS)
    yield Finder("PHONE", _PHONE, _phone, _DIGITS)


_DIGITS = re.compile(r"\d(?:[^\d]{0,3}\d){5}")
_SECRET_TEXT = re.compile(
    r"""
    -----BEGIN[ ][A-Z ]{0,30}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----[A-Za-z0-9+/=\s\\:,.()-]{0,16000}?-----END[A-Z ]{0,40}-----
    | (?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}                                # a JSON web token
    | (?<=[Bb]earer[ ])[A-Za-z0-9._~+/-]{19,2000}[A-Za-z0-9]={0,2}
    """,
    re.VERBOSE,
)
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?(?!\w)")
_CARD = re.compile(r"(?<![\w.+-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-]|\.\d)")
_PHONE = re.compile(
    r"""
    (?<![\w+./-])(?<!\d[ ])(?:
        (?:\+|00)(?>[1-9]\d{0,2}(?:[ .\-/]?\(0\))?(?:[ .\-/]?\(?\d{1,14}\)?){1,6})
      | \(\d{2,5}\)[ ]?\d{3,4}[ .-]?\d{3,4}
      | 0\d{1,4}[ /-](?>\d{3,8}(?:[ -]\d{2,4}){0,3})
      | 0\d(?:[ .]\d{2}){4}
      | (?:1[-.])?\d{3}[-.]\d{3}[-.]\d{4}
    )(?![\w-]|\.\d)
    """,
    re.VERBOSE,
)

_IDS = {
    r"\d{3}-\d{2}-\d{4}": "us.ssn",
    r"756\.?\d{4}\.?\d{4}\.?\d{2}": "ch.ssn",
    r"\d{3}\.\d{3}\.\d{3}-\d{2}": "br.cpf",
    r"[12][ ]?\d{2}[ ]?\d{2}[ ]?[0-9][0-9AB][ ]?\d{3}[ ]?\d{3}[ ]?\d{2}": "fr.nir",
    r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}": "be.nn",
    r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}": "de.idnr pl.pesel be.nn no.fodselsnummer tr.tckimlik br.cpf ee.ik",
    r"\d{6}[ ]\d{5}": "no.fodselsnummer",
    r"[XYZ][ -]?\d{7}[ -]?[A-Z]|\d{8}[ -]?[A-Z]": "es.nie es.dni",
    r"[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]": "it.codicefiscale",
    r"\d{6}(?:\d\d)?[-+]\d{4}": "se.personnummer",
    r"\d{6}[-+A]\d{3}[0-9A-Y]": "fi.hetu",
    r"\d{6}-\d{7}": "kr.rrn",
    r"\d{6}/\d{3,4}": "cz.rc",
    r"\d{4}[ ]\d{4}[ ]\d{4}": "in_.aadhaar",
    r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9X]": "iso7064.mod_11_2",  # China
    r"\d{13}": "za.idnr ro.cnp",
    r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d": "mx.curp",
    r"\d{3}[ -]\d{3}[ -]\d{4}": "gb.nhs",
    r"\d{3}[ -]\d{3}[ -]\d{3}": "ca.sin au.tfn",
    r"\d{4}\.\d{2}\.\d{3}": "nl.bsn",
}
"""Numbers of persons that carry a check digit or a date, written so that a text can hold them, by country."""


def _iban(text: str) -> str:
    """The longest part that is an account number: the words after one may look like a group of it."""
    while len(text) >= 15:
        if iban.is_valid(text):
            return text
        text = text[:-1].rstrip()
    return ""


def _card(text: str) -> str:
    number = re.sub(r"[ -]", "", text)
    return text if len(number) in (13, 14, 15, 16, 19) and luhn.is_valid(number) else ""


def _phone(text: str) -> str:
    return text if 8 <= sum(char.isdigit() for char in text) <= 15 else ""


def _checked(valid: list[Callable[[str], bool]]) -> Callable[[str], str]:
    return lambda text: text if any(one(text) for one in valid) else ""
