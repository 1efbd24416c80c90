"""Measure redaction on texts made here: recall by kind, false alarms by kind of harmless number, time.

`python -m scripts.bench_redaction [COUNT]` prints the tables of docs/data-protection.md. The texts are ours, and so is
whoever wrote the patterns: read the recall as a check that known forms are found, not as what other texts will give.
"""

import base64
import json
import random
import string
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

from stdnum import luhn
from stdnum.es import dni
from stdnum.iso7064 import mod_11_10, mod_97_10
from stdnum.pl import pesel

from app.infrastructure.ai.redaction import Vault
from app.infrastructure.ai.redaction.redactor import Redactor

Rng = random.Random
Maker = Callable[[Rng], str]

SENTENCES = (
    "Please use {} from now on.",
    "Kunde: {}, bitte prüfen.",
    "name;value\nAnn;{}\nBob;none",
    "He wrote ({}) and left.",
    "请联系：{}。",
    "Contact\n\n* {}\n* the office",
    '{{"value": "{}", "ok": true}}',
    "Was it {}? Nobody knew",
)


PHONES = (
    """
+49 30 ########,+1 (212) 5##-####,+44 20 7### ####,0044 20 7### ####,+33 6 ## ## ## ##,06 ## ## ## ##,(212) 5##-####
212-5##-####,212.5##.####,030/########,0171 #######,+86 138 #### ####,+919#########,+49 (0) 89 #######,0151-########
+46-70-### ## ##,5## ## ##
""".replace("\n", ",")
    .strip(",")
    .split(",")
)


class Text(NamedTuple):
    """`value` is what must not go out, or the harmless thing that the text is about."""

    kind: str
    value: str
    text: str


def digits(rng: Rng, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def email(rng: Rng) -> str:
    name = rng.choice(["ann", "j.doe", "m_k+news", "o'neil", "x", "jürgen.groß", "li-wei"]) + digits(
        rng, rng.randint(0, 4)
    )
    return f"{name}@{rng.choice(['example.org', 'mail.example.co.uk', 'firma-gmbh.de', 'bücher.example', 'a.io'])}"


def phone(rng: Rng) -> str:
    form = rng.choice(PHONES)
    return "".join(rng.choice(string.digits) if char == "#" else char for char in form)


def iban(rng: Rng) -> str:
    land, bank, length = rng.choice(
        [("DE", "", 18), ("NL", "ABNA", 10), ("GB", "NWBK", 14), ("AT", "", 16), ("CH", "", 17)]
    )
    body = bank + digits(rng, length)
    number = land + mod_97_10.calc_check_digits(body + land) + body
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4)) if rng.random() < 0.5 else number


def card(rng: Rng) -> str:
    start, length = rng.choice([("4", 16), ("51", 16), ("2221", 16), ("37", 15), ("6011", 16), ("36", 14)])
    body = start + digits(rng, length - 1 - len(start))
    number = body + luhn.calc_check_digit(body)
    if length != 16:
        return number
    return rng.choice(["", " ", "-"]).join(number[i : i + 4] for i in range(0, 16, 4))


def german_id(rng: Rng) -> str:
    base = rng.sample(string.digits[1:], 9)
    base.insert(rng.randint(1, 9), base[0])
    return "".join(base) + mod_11_10.calc_check_digit("".join(base))


def polish_id(rng: Rng) -> str:
    base = f"{rng.randint(50, 99)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{digits(rng, 4)}"
    return base + pesel.calc_check_digit(base)


def spanish_id(rng: Rng) -> str:
    base = digits(rng, 8)
    return base + dni.calc_check_digit(base)


def american_id(rng: Rng) -> str:
    return f"{rng.randint(1, 665):03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def french_id(rng: Rng) -> str:
    start = f"{rng.randint(1, 2)}{rng.randint(40, 99)}{rng.randint(1, 12):02d}"
    base = f"{start}75{rng.randint(1, 990):03d}{rng.randint(1, 999):03d}"
    return f"{base}{97 - int(base) % 97:02d}"


def national_id(rng: Rng) -> str:
    return rng.choice([german_id, polish_id, spanish_id, american_id, french_id])(rng)


def key(rng: Rng) -> str:
    def letters(count: int) -> str:
        return "".join(rng.choices(string.ascii_letters + string.digits, k=count))

    token = base64.urlsafe_b64encode(json.dumps({"sub": letters(12)}).encode()).decode().rstrip("=")
    return rng.choice(
        [
            f"sk-proj-{letters(48)}7",
            f"sk-ant-api03-{letters(60)}1",
            "AKIA" + "".join(rng.choices("ABCDEFGHXYZ234567", k=16)),
            f"ghp_{letters(36)}",
            f"AIza{letters(35)}",
            f"xoxb-{digits(rng, 12)}-{letters(24)}",
            f"eyJhbGciOiJIUzI1NiJ9.{token}.{letters(43)}",
            f"gh_{letters(8)}_{letters(32)}_{letters(6)}",
            f"-----BEGIN PRIVATE KEY-----\n{letters(64)}\n{letters(40)}\n-----END PRIVATE KEY-----",
        ]
    )


PERSONAL: dict[str, Maker] = {
    "EMAIL": email,
    "PHONE": phone,
    "IBAN": iban,
    "CARD": card,
    "ID": national_id,
    "KEY": key,
}
HARMLESS: dict[str, Maker] = {
    "dates and times": lambda rng: f"20{digits(rng, 2)}-0{digits(rng, 1)}-1{digits(rng, 1)} 1{digits(rng, 1)}:30",
    "prices and counts": lambda rng: f"{rng.randint(1, 999)},{digits(rng, 3)}.{digits(rng, 2)} of {digits(rng, 5)}",
    "versions": lambda rng: f"v{digits(rng, 1)}.{digits(rng, 2)}.{digits(rng, 3)}",
    "internet addresses": lambda rng: f"10.{digits(rng, 2)}.{digits(rng, 2)}.7:8080",
    "UUIDs": lambda rng: str(uuid.UUID(int=rng.getrandbits(128))),
    "hashes": lambda rng: f"{rng.getrandbits(160):040x}",
    "order numbers, 6 to 10 digits": lambda rng: digits(rng, rng.randint(6, 10)),
    "long numbers, 11 digits": lambda rng: digits(rng, 11),
    "long numbers, 13 to 19 digits": lambda rng: digits(rng, rng.randint(13, 19)),
    "ISBNs": lambda rng: f"978-{digits(rng, 1)}-{digits(rng, 3)}-{digits(rng, 5)}-{digits(rng, 1)}",
    "mentions and paths": lambda rng: rng.choice(
        ["@ann", "user@host", "git@server:repo", "a@b", "npm i @scope/a@1.2.3"]
    ),
    "code": lambda rng: rng.choice(
        ["sk-learn", "task-force-one", "ghp_", "x[100:200]", "f(1, 2, 3)", "0x1F4A9", "3.14159265"]
    ),
}


def texts(makers: dict[str, Maker], count: int, seed: int = 7) -> Iterator[Text]:
    """`count` texts of each kind, the same every time."""
    rng = Rng(seed)
    for kind, make in makers.items():
        for _ in range(count):
            value = make(rng)
            yield Text(kind, value, rng.choice(SENTENCES).format(value))


def recall(redactor: Redactor, count: int) -> dict[str, float]:
    """The share of values of which nothing of six characters or more goes out."""
    hidden = dict.fromkeys(PERSONAL, 0)
    for kind, value, text in texts(PERSONAL, count):
        out = redactor.redact(text, Vault())
        hidden[kind] += not any(value[i : i + 6] in out for i in range(max(1, len(value) - 5)))
    return {kind: found / count for kind, found in hidden.items()}


def false_alarms(redactor: Redactor, count: int) -> dict[str, float]:
    changed = dict.fromkeys(HARMLESS, 0)
    for kind, _, text in texts(HARMLESS, count):
        changed[kind] += redactor.redact(text, Vault()) != text
    return {kind: found / count for kind, found in changed.items()}


def microseconds_per_kb(redactor: Redactor, text: str) -> float:
    began = time.process_time()
    redactor.redact(text, Vault())
    return (time.process_time() - began) * 1e6 / (len(text.encode()) / 1024)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    redactor = Redactor()
    print("| kind | recall |\n|---|---:|")
    for kind, share in recall(redactor, count).items():
        print(f"| {kind} | {share:.1%} |")
    print("\n| harmless | false alarms |\n|---|---:|")
    for kind, share in false_alarms(redactor, count).items():
        print(f"| {kind} | {share:.1%} |")
    mixed = "\n".join(one.text for one in texts({**PERSONAL, **HARMLESS}, 100))
    prose = "Tea was late again. The guests did not mind, because the cake was excellent. " * 1000
    print(f"\n{microseconds_per_kb(redactor, prose):.0f} microseconds per KB of prose,", end=" ")
    print(f"{microseconds_per_kb(redactor, mixed):.0f} where every line holds a number or a name.")


if __name__ == "__main__":
    main()
