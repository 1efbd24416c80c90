"""An operation is a pure function: a text and its options in, a question for the model out."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter

from app.core.terms import Strategy, Terms
from app.infrastructure.ai import Question

A = TypeVar("A")
O = TypeVar("O", bound="Options")  # noqa: E741 - the letter of the word it stands for

EXAMPLE_TEXT = (
    "The library opened a second reading room in May. It has forty seats, and students fill them before noon. "
    "Older visitors had asked for a quiet corner for years, so half of the room is kept free of telephones. "
    "The city pays for the room with money that a retired teacher left to it."
)
EXAMPLE_QUESTION = "Who left the money for the room?"


class Options(BaseModel):
    """What a caller may choose. The fields become the form, the command line's flags and the API schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(slots=True)
class Operation(Generic[O, A]):
    """`ask(text, options)` makes the question; with `requires_question` it takes the caller's question as well.

    `domain` is written by the catalogue that finds it.
    """

    name: str
    description: str
    options: type[O]
    answer: type[A]
    ask: Callable[..., Question[A]]
    requires_question: bool
    terms: Terms
    domain: str = field(default="", init=False)
    _offline: Callable[..., A] | None = field(default=None, init=False)

    def offline(self, function: Callable[..., A]) -> Callable[..., A]:
        """Declare the answer that needs no model; takes what the operation takes."""
        self._offline = function
        return function

    @property
    def full_name(self) -> str:
        return f"{self.domain}.{self.name}"

    def question(self, text: str, options: O, question: str | None) -> Question[A]:
        arguments = (text, options, question) if self.requires_question else (text, options)
        offline = partial(self._offline, *arguments) if self._offline else None
        return replace(self.ask(*arguments), name=self.full_name, offline=offline)

    @property
    def works_offline(self) -> bool:
        return self._offline is not None

    def example(self) -> dict[str, Any]:
        """A request that validates, given that each option without a default has an example."""
        required = {name: field for name, field in self.options.model_fields.items() if field.is_required()}
        found: dict[str, Any] = {"operation": self.name, "text": EXAMPLE_TEXT}
        if required:
            found["options"] = {name: field.examples[0] for name, field in required.items() if field.examples}
        return found | ({"question": EXAMPLE_QUESTION} if self.requires_question else {})

    def card(self) -> dict[str, Any]:
        """What a form needs to draw this operation."""
        return {
            "id": self.name,
            "name": self.name.replace("_", " ").capitalize(),
            "description": self.description,
            "options_schema": self.options.model_json_schema(),
            "result_schema": TypeAdapter(self.answer).json_schema(),
            "requires_question": self.requires_question,
            "works_offline": self.works_offline,
        }


def operation(
    *, strategy: Strategy | None = None, ttl: float | None = None, degrades: bool = False, tags: tuple[str, ...] = ()
) -> Callable[[Callable[..., Question[A]]], Operation[Any, A]]:
    """Turn `def name(text: str, options: MyOptions) -> Question[Answer]` into an operation.

    The arguments are those of `Terms`.
    """

    def wrap(ask: Callable[..., Question[A]]) -> Operation[Any, A]:
        hints = get_type_hints(ask, include_extras=True)  # the bounds of an answer are extras
        return Operation(
            name=ask.__name__,
            description=inspect.cleandoc(ask.__doc__ or "").partition("\n")[0],
            options=hints["options"],
            answer=get_args(hints["return"])[0],
            ask=ask,
            requires_question="question" in hints,
            terms=Terms(strategy, ttl, degrades, frozenset(tags)),
        )

    return wrap
