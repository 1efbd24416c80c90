"""The keys file: callers by name, with the SHA-256 of each key, its scopes and the day on which it ends.

One line of TOML for each key, as `keys new` prints it:
`mobile-app = { sha256 = "9f86d0...", scopes = ["text:use"], expires = 2027-01-31 }`. A file without lines is a file
without keys.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from math import inf
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, TypeAdapter, ValidationError

from app.core.caller import Scope

NAME = r"^[A-Za-z0-9_-]{1,64}$"
MOST_BYTES = 1_000_000
Name = Annotated[str, StringConstraints(pattern=NAME)]


class KeyLine(BaseModel):
    """`expires` is a day or a moment, in UTC unless it says otherwise; without it the key stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    expires: Annotated[datetime, Strict()] | Annotated[date, Strict()] | None = None

    @property
    def ends(self) -> float:
        """In seconds since the epoch."""
        match self.expires:
            case None:
                return inf
            case datetime() as moment:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            case day:
                return datetime.combine(day, time(tzinfo=UTC)).timestamp()


_LINES = TypeAdapter(dict[Name, KeyLine])


def read_keys_file(path: str) -> dict[str, KeyLine]:
    """Callers by name. Raises ValueError for a file that cannot be followed.

    The error names the place and nothing that stands there, for it is logged: a key may have been pasted anywhere.
    """
    found = _toml(path)
    try:
        lines = _LINES.validate_python(found)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name, field = (*first["loc"], "")[:2]
        place = f"entry {list(found).index(str(name)) + 1}" + (f", {field}" if field in KeyLine.model_fields else "")
        raise ValueError(f"API_KEYS_FILE: {place}: {first['msg']}") from None
    prints = [line.sha256 for line in lines.values()]
    if len(set(prints)) < len(prints):
        raise ValueError("API_KEYS_FILE holds one key twice")
    return lines


def _toml(path: str) -> dict[str, Any]:
    try:
        if not Path(path).is_file():  # a pipe would never end
            raise FileNotFoundError(path)
        with Path(path).open("rb") as file:
            read = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"API_KEYS_FILE names a file that cannot be read: {path}") from error
    if len(read) > MOST_BYTES:
        raise ValueError(f"API_KEYS_FILE is larger than {MOST_BYTES} bytes")
    try:
        return tomllib.loads(read.decode())
    except (ValueError, RecursionError) as error:
        place = re.search(r"\(at [^()]*\)$", str(error))
        raise ValueError(f"API_KEYS_FILE is not TOML {place[0] if place else ''}".rstrip()) from None


def key_line(name: str, sha256: str, scopes: Iterable[str], expires: date | None) -> str:
    """The line for the keys file."""
    ends = f", expires = {expires.isoformat()}" if expires else ""
    listed = ", ".join(f'"{scope}"' for scope in sorted(scopes))
    return f'{name} = {{ sha256 = "{sha256}", scopes = [{listed}]{ends} }}'
