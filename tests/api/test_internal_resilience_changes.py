"""Changing the policies of one process: what takes effect, what is refused, and what is written down."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.resilience import DOWN, QA, RESILIENCE, SUMMARIZE, ask, audits, code, do, force_open, put, read
from tests.support.eventually import eventually
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY
from tests.support.valkey import valkey_server


@pytest.fixture
def operator(model: ModelServer) -> Iterator[httpx2.Client]:
    """An operator's client of a service whose model asks to be tried again at once."""
    with running(ADMIN_KEY, **model.openai_env()) as client:
        model.behave(fail=DOWN)
        yield client


def config(client: httpx2.Client) -> dict[str, Any]:
    (found,) = read(client, "config")["instances"].values()
    return dict(found)


def attempts(client: httpx2.Client, model: ModelServer) -> int:
    """How often one failing call reached the model."""
    before = len(model.calls())
    ask(client)
    return len(model.calls()) - before


def test_a_preset_decides_the_attempts_of_the_next_failing_call(operator: httpx2.Client, model: ModelServer) -> None:
    for preset, tries in (("development", 2), ("production", 5)):
        done = put(operator, preset=preset)
        assert done["policies"][QA]["numbers"]["retry_attempts"] == tries
        do(operator, f"circuit-breakers/{QA}/reset")
        assert attempts(operator, model) == tries
        assert config(operator)["preset"] == preset


def test_a_custom_config_stands_over_the_preset_until_the_next_change(operator: httpx2.Client) -> None:
    done = put(operator, preset="production", custom={"retry_attempts": 9, "circuit_breaker_threshold": 2})
    assert len(done["warnings"]) == 3
    found = config(operator)
    assert (found["preset"], found["custom"]["retry_attempts"]) == ("production", 9)
    assert found["policies"][QA]["origins"]["retry_attempts"] == "custom"
    put(operator, custom={"retry_attempts": 8})
    assert (config(operator)["preset"], config(operator)["custom"]) == ("production", {"retry_attempts": 8})
    put(operator, preset="production")
    assert config(operator)["custom"] is None


def test_the_settings_hold_again_when_asked_to() -> None:
    with running(ADMIN_KEY, resilience_preset="production", resilience_custom_config='{"retry_attempts": 4}') as client:
        before = config(client)
        put(client, preset="development")
        done = put(client, settings_again=True)
        assert done["policies"][QA]["numbers"]["retry_attempts"] == 4
        assert config(client) == before | {"generation": 2}


def test_each_change_counts_the_generation_up_and_is_acknowledged(operator: httpx2.Client) -> None:
    (me,) = read(operator, "config")["instances"]
    changes = [put(operator, preset=preset)["change"] for preset in ("development", "simple")]
    assert [change["generation"] for change in changes] == [1, 2]
    assert all((change["applied"], change["shared"], change["local"]) == ([me], False, False) for change in changes)
    assert force_open(operator)["generation"] == 3
    assert read(operator, "dashboard")["generation"] == 3


def test_a_dry_run_tells_what_would_be_and_changes_nothing(operator: httpx2.Client) -> None:
    before = config(operator)
    would = put(operator, preset="production", dry_run=True)
    assert (would["dry_run"], would["change"]) == (True, None)
    assert would["policies"][SUMMARIZE]["numbers"]["circuit_breaker_threshold"] == 10
    assert config(operator) == before
    assert audits(operator) == []


def test_a_wish_comes_with_its_reason_and_its_end(operator: httpx2.Client) -> None:
    put(operator, preset="production", reason="the provider is slow", expires_in=3600)
    wish = config(operator)["wish"]
    assert (wish["preset"], wish["reason"]) == ("production", "the provider is slow")
    assert wish["until"] - wish["at"] == 3600
    assert read(operator, "dashboard")["wish"] == wish


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"preset": "production"}, "reason"),
        ({"preset": "production", "reason": " "}, "reason"),
        ({"reason": "a test"}, "settings_again"),
        ({"preset": "production", "settings_again": True, "reason": "a test"}, "settings_again"),
        ({"settings_again": True, "expires_in": 60, "reason": "a test"}, "expire"),
        ({"preset": "heroic", "reason": "a test"}, "preset"),
        ({"preset": "simple", "expires_in": 0, "reason": "a test"}, "expires_in"),
        ({"custom": {"retry_attempts": 11}, "reason": "a test"}, "retry_attempts"),
        ({"custom": {"retries": 2}, "reason": "a test"}, "retries"),
        ({"custom": {}, "reason": "a test"}, "at least one"),
        ({"custom": {"operation_overrides": {"tea": "critical"}}, "reason": "a test"}, "tea"),
        ({"preset": "simple", "colour": "red", "reason": "a test"}, "colour"),
    ],
)
def test_a_config_that_cannot_be_is_refused_by_name(operator: httpx2.Client, body: dict[str, Any], named: str) -> None:
    before = config(operator)
    response = operator.put(f"{RESILIENCE}/config", json=body)
    assert response.status_code == 422
    assert named in response.text
    assert config(operator) == before


@pytest.mark.parametrize(
    "wanted",
    [
        {"custom": {"operation_overrides": {"x" * 900_000: "critical"}}},
        {"custom": {"operation_overrides": {"x" * 900_000: "heroic"}}},
        {"custom": {"x" * 900_000: 1}},
        {"x" * 900_000: 1},
        {"preset": "x" * 900_000},
    ],
)
def test_a_refusal_repeats_no_more_of_a_config_than_the_beginning(
    operator: httpx2.Client, wanted: dict[str, Any]
) -> None:
    response = operator.put(f"{RESILIENCE}/config", json={"reason": "a test"} | wanted)
    assert code(response) == (422, "validation_failed")
    assert len(response.content) < 10_000


@pytest.mark.parametrize("body", [{"seconds": 60}, {"seconds": 0, "reason": "a test"}, {"reason": "a test"}, {}])
def test_a_breaker_is_not_held_open_without_a_reason_and_an_end(operator: httpx2.Client, body: dict[str, Any]) -> None:
    assert operator.post(f"{RESILIENCE}/circuit-breakers/{QA}/force-open", json=body).status_code == 422
    assert read(operator, f"circuit-breakers/{QA}")["state"] == "closed"


def test_a_breaker_held_open_refuses_at_once_until_it_is_reset(operator: httpx2.Client, model: ModelServer) -> None:
    force_open(operator, seconds=600)
    (refused,) = ask(operator)
    assert code(refused) == (503, "circuit_open")
    assert 0 < int(refused.headers["retry-after"]) <= 600
    assert model.calls() == []
    do(operator, f"circuit-breakers/{QA}/reset")
    assert read(operator, f"circuit-breakers/{QA}")["state"] == "closed"
    assert attempts(operator, model) == 3


def test_metrics_are_reset_for_one_operation_or_for_all(operator: httpx2.Client) -> None:
    for operation in ("qa", "summarize"):
        ask(operator, operation)
    do(operator, "metrics/reset", query={"operation": QA})
    assert [read(operator, f"metrics/{name}")["total"]["calls"] for name in (QA, SUMMARIZE)] == [0, 1]
    do(operator, "metrics/reset")
    assert {report["total"]["calls"] for report in read(operator, "metrics")["policies"].values()} == {0}


def test_every_change_is_an_audit_event_in_history_and_log(
    operator: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "gatehouse.audit"):
        put(operator, preset="production", reason="the provider is slow")
        force_open(operator)
        do(operator, f"circuit-breakers/{QA}/reset")
        do(operator, "metrics/reset")
        do(operator, "monitoring/cleanup", streams=["usage"], older_than_hours=1)
    done = ["config.change", "breaker.force_open", "breaker.reset", "metrics.reset", "monitoring.cleanup"]
    records = audits(operator)
    lines = [entry.getMessage() for entry in caplog.records if entry.name == "gatehouse.audit"]
    assert [record["action"] for record in records] == done
    assert [line.split()[1] for line in lines] == done
    assert records[0]["details"]["reason"] == "the provider is slow"
    assert records[0]["result"]["applied"] == 1
    assert all(record["by"].startswith("key-") and record["peer"] == "127.0.0.1" for record in records)
    assert ADMIN_KEY not in str(records) + str(lines)


async def test_without_redis_reads_say_so_and_changes_are_refused_or_local(model: ModelServer) -> None:
    with valkey_server() as valkey, running(ADMIN_KEY, redis_url=valkey.url, **model.openai_env()) as client:
        model.behave(fail=DOWN)
        put(client, preset="development")
        valkey.kill()
        await eventually(lambda: not read(client, "health")["connected"])
        for path in (
            "health",
            "health/detailed",
            "dashboard",
            "metrics",
            f"metrics/{QA}",
            "circuit-breakers",
            "config",
        ):
            assert read(client, path)["connected"] is False, path
        assert read(client, "monitoring/alerts")["past"] is None
        history = client.get(f"{RESILIENCE}/monitoring/usage-statistics")
        assert code(history) == (503, "fleet_unavailable")
        refused = client.put(f"{RESILIENCE}/config", json={"preset": "production", "reason": "a test"})
        assert code(refused) == (503, "fleet_unavailable")
        assert attempts(client, model) == 2
        change = put(client, {"local": True}, preset="production")["change"]
        assert (change["local"], len(change["applied"]), change["generation"]) == (True, 1, 1)
        do(client, f"circuit-breakers/{QA}/reset", query={"local": True})
        assert attempts(client, model) == 5
        assert force_open(client, query={"local": True})["local"] is True
        assert read(client, f"circuit-breakers/{QA}")["state"] == "open"
