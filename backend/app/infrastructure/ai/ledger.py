"""Who spent what."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.caller import Caller

from .question import NOTHING, Usage

CALLERS = 10_000


@dataclass(slots=True)
class Account:
    """Totals of one caller since the start; `unpriced` counts calls of models whose price is unknown."""

    calls: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0

    def add(self, usage: Usage) -> None:
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cost_usd += usage.cost_usd or 0.0
        self.unpriced += usage.cost_usd is None


@dataclass(slots=True)
class Tab:
    """What one question has cost so far; its caller's account is charged along."""

    account: Account
    usage: Usage = NOTHING

    def add(self, usage: Usage) -> None:
        self.usage += usage
        self.account.add(usage)


class Ledger:
    """Remembers the spending of the callers seen last."""

    def __init__(self) -> None:
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    @contextmanager
    def open(self, caller: Caller) -> Iterator[Tab]:
        """A tab to add the usage of each model call to, as it becomes known."""
        account = self._accounts.setdefault(caller.id, Account())
        self._accounts.move_to_end(caller.id)
        if len(self._accounts) > CALLERS:
            self._accounts.popitem(last=False)
        account.calls += 1
        account.in_flight += 1
        try:
            yield Tab(account)
        finally:
            account.in_flight -= 1

    def accounts(self) -> dict[str, Account]:
        return dict(self._accounts)
