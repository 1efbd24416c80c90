"""From pydantic's errors to ours: which field, what is wrong with it, and never what was sent."""

from collections.abc import Sequence
from typing import Any

from app.core.errors import AppError, BadRequest, ValidationFailed

MOST_DETAILS = 20
LONGEST_NAME = 64


def refusal(errors: Sequence[Any], *, tagged: bool = False) -> AppError:
    """The error for pydantic's `errors()`; `tagged` drops the name of the union member from the places."""
    if any(error["type"] == "json_invalid" for error in errors):
        return BadRequest("The body is not valid JSON in UTF-8.")
    details = [
        {"loc": _place(error, tagged), "msg": _message(error), "type": error["type"]} for error in errors[:MOST_DETAILS]
    ]
    first = details[0]
    param = ".".join(str(part) for part in first["loc"] if part != "body") or None
    return ValidationFailed(f"{param or 'body'}: {first['msg']}", param=param, details=details)


def _message(error: Any) -> str:
    """Pydantic's words, without the value that it quotes for an unknown tag."""
    if error["type"] == "union_tag_invalid":
        return f"Input should be one of {error['ctx']['expected_tags']}"
    return str(error["msg"]).removeprefix("Value error, ")


def _place(error: Any, tagged: bool) -> list[str | int]:
    loc = [part for part in error["loc"] if part != "body"]
    if error["type"].startswith("union_tag"):
        loc.append(error.get("ctx", {}).get("discriminator", "").strip("'"))
    elif tagged:
        loc = loc[1:]
    return ["body", *(part[:LONGEST_NAME] if isinstance(part, str) else part for part in loc)]
