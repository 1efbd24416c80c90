"""Who spent what."""

from contextlib import suppress

import pytest

from app.core.caller import Caller
from app.infrastructure.ai import Ledger
from app.infrastructure.ai.ledger import CALLERS
from app.infrastructure.ai.question import Usage
from tests.infrastructure.ai.house import CALLER


def test_spending_adds_up() -> None:
    ledger = Ledger()
    for cost in (0.5, 0.25, None):
        with ledger.open(CALLER) as tab:
            tab.add(Usage(10, 5, cost))
    account = ledger.accounts()[CALLER.id]
    assert (account.calls, account.in_flight, account.unpriced) == (3, 0, 1)
    assert (account.input_tokens, account.output_tokens, account.cost_usd) == (30, 15, 0.75)


def test_a_call_is_in_flight_until_it_ends_however_it_ends() -> None:
    ledger = Ledger()
    with ledger.open(CALLER), ledger.open(CALLER):
        assert ledger.accounts()[CALLER.id].in_flight == 2
    with pytest.raises(RuntimeError), ledger.open(CALLER):
        raise RuntimeError
    assert ledger.accounts()[CALLER.id].in_flight == 0


def test_what_was_spent_before_a_failure_stays_spent() -> None:
    ledger = Ledger()
    with suppress(RuntimeError), ledger.open(CALLER) as tab:
        tab.add(Usage(10, 5, 0.5))
        raise RuntimeError
    assert ledger.accounts()[CALLER.id].input_tokens == 10


def test_only_the_callers_seen_last_are_remembered() -> None:
    ledger = Ledger()
    for number in range(CALLERS + 1):
        with ledger.open(Caller(f"key-{number}", frozenset())):
            pass
    accounts = ledger.accounts()
    assert len(accounts) == CALLERS
    assert "key-0" not in accounts
