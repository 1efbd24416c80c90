"""What an operation declares about itself to the infrastructure."""

from dataclasses import dataclass
from typing import Literal

Strategy = Literal["aggressive", "balanced", "conservative", "critical"]


@dataclass(frozen=True, slots=True)
class Terms:
    """`strategy` names a resilience strategy, None leaves it to the preset; `ttl` is in seconds, None is the default;
    `degrades` lets its offline answer stand in while the model is down; `tags` group operations for invalidation.
    """

    strategy: Strategy | None = None
    ttl: float | None = None
    degrades: bool = False
    tags: frozenset[str] = frozenset()
