"""`operations`: names that stay unambiguous when two domains share one."""

import json

from tests.cli.conftest import Command


def test_each_operation_is_listed_with_its_domain(command: Command) -> None:
    assert "trial.summarize " in command("operations").stdout
    assert {card["domain"] for card in json.loads(command("operations", "--json").stdout)} == {"trial"}
