"""What we ask a model, and what comes back."""

from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar, cast

from pydantic import StringConstraints, TypeAdapter

A = TypeVar("A")

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[\w '\-]+$")]
"""User text short and plain enough to stand inside an instruction."""

Source = Literal["model", "cache", "stale", "offline"]


@dataclass(frozen=True)
class Question(Generic[A]):
    """Instructions are ours, the material is theirs, and the two never share a string.

    `answer` is `str` or a type that pydantic can validate; `asked` is the caller's own question about the material, and
    is fenced like it. The rest is filled in by whoever knows it: `name` (`domain.operation`), `offline` (an answer that
    needs no model), `audience` (non-empty when the answer may be cached for these readers only), `retrieved` (the
    service fetched the material; the caller did not send it), `check` (whether a typed answer is one that the caller's
    options allow).
    """

    answer: type[A]
    instructions: str
    material: str
    asked: str = ""
    name: str = ""
    audience: str = ""
    offline: Callable[[], A] | None = field(default=None, compare=False)
    retrieved: bool = False
    check: Callable[[A], bool] | None = field(default=None, compare=False)

    @property
    def adapter(self) -> TypeAdapter[A]:
        return cast(TypeAdapter[A], adapter_of(cast(Hashable, self.answer)))


@cache
def adapter_of(answer: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, answer))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens used, and their price in dollars: None when the price of the model is unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


NOTHING = Usage()
"""What an answer costs that was there already."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question rendered for one call: `system` is ours, each of `user` a fenced block, `nonce` marks the fences."""

    question: Question[Any]
    system: str
    user: tuple[str, ...]
    nonce: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer as the model said it: plain text, or JSON text when the question's answer is not `str`."""

    text: str
    usage: Usage
    model: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer; the last one carries the usage and no text."""

    text: str
    usage: Usage | None = None
    model: str = ""


class Provider(Protocol):
    """One model. Raises only `app.core.errors`; cancelling a call ends it at the provider too."""

    @property
    def name(self) -> str:
        """The provider: `openai`."""
        ...

    @property
    def model(self) -> str:
        """The model as settings name it: `openai:gpt-5-mini`, or `offline`."""
        ...

    def load(self) -> None:
        """Import and build what the first call needs; may take seconds."""
        ...

    async def complete(self, prompt: Prompt) -> Completion: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]: ...

    async def aclose(self) -> None: ...
