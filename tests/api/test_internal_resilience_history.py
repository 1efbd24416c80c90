"""Looking back: usage, trends, alerts, sessions, exports and benchmarks."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.api.resilience import QA, RESILIENCE, SUMMARIZE, ask, code, do, force_open, put, read
from tests.support.eventually import eventually
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY
from tests.support.traffic import ROOT, body
from tests.support.valkey import valkey_server


@pytest.fixture
def operator() -> Iterator[httpx2.Client]:
    with running(ADMIN_KEY) as client:
        yield client


def test_usage_is_counted_by_preset_and_operation_and_tells_what_was_in_force(operator: httpx2.Client) -> None:
    ask(operator, "qa", count=2)
    put(operator, preset="production", reason="trouble ahead")
    ask(operator, "summarize", count=3)
    found = read(operator, "monitoring/usage-statistics")
    assert (found["calls"], found["by_preset"]) == (5, {"simple": 2, "production": 3})
    assert found["by_operation"] == {QA: 2, SUMMARIZE: 3}
    assert [(change["preset"], change["reason"]) for change in found["changes"]] == [
        ("simple", "settings"),
        ("production", "trouble ahead"),
    ]
    assert found["seconds"].keys() == {"simple", "production"}


async def test_a_wish_that_has_ended_is_followed_by_the_settings(operator: httpx2.Client) -> None:
    put(operator, preset="production", expires_in=1)
    await eventually(lambda: read(operator, "dashboard")["preset"] == "simple", within=10)
    found = read(operator, "monitoring/usage-statistics")
    assert [change["preset"] for change in found["changes"]] == ["simple", "production", "simple"]
    assert found["seconds"]["production"] == pytest.approx(1, abs=0.01)


def test_trends_hold_the_calls_made_under_a_preset(operator: httpx2.Client) -> None:
    ask(operator, count=4)
    points = read(operator, "monitoring/preset-trends/simple", hours=1, bucket_minutes=10)["points"]
    assert [point["performance"]["calls"] for point in points] == [0, 0, 0, 0, 0, 4]
    assert points[-1]["performance"]["error_share"] == 0
    other = read(operator, "monitoring/preset-trends/production", hours=1)["points"]
    assert sum(point["performance"]["calls"] for point in other) == 0


def test_performance_counts_answers_whoever_gave_them(model: ModelServer) -> None:
    with running(ADMIN_KEY, **model.openai_env()) as client:
        request = body("summarize")
        for _ in range(3):
            client.post(f"{ROOT}/process", json=request)
        force_open(client, SUMMARIZE)
        ask(client, "summarize")
        assert client.post(f"{ROOT}/stream", json=body("summarize")).status_code == 200
        found = read(client, "monitoring/performance-metrics")[SUMMARIZE]
        assert (found["calls"], found["degraded_share"]) == (3, pytest.approx(2 / 5))
        overview = client.get("/internal/monitoring/overview").json()["last_minute"]
        assert overview["degraded_share"] == pytest.approx(2 / 5)
        lines = client.get("/internal/metrics").text.splitlines()
        answers = {line for line in lines if line.startswith("answers_total")}
        assert answers == {
            f'answers_total{{source="{source}"}} {count}.0'
            for source, count in (("model", 1), ("cache", 2), ("offline", 2))
        }


async def test_an_alert_tells_since_when_and_what_to_look_at(operator: httpx2.Client) -> None:
    force_open(operator)
    await eventually(lambda: bool(read(operator, "dashboard")["alerts"]), within=10)
    [[alert]] = read(operator, "monitoring/alerts")["now"]["instances"].values()
    assert (alert["name"], alert["subject"], alert["severity"]) == ("breaker_open", QA, "critical")
    assert alert["hint"]
    [line] = read(operator, "dashboard")["alerts"]
    assert (line["subject"], line["since"]) == (QA, alert["since"])
    [began] = read(operator, "monitoring/alerts")["past"]
    assert (began["what"], began["name"]) == ("began", "breaker_open")


def test_a_session_is_what_one_request_did(operator: httpx2.Client) -> None:
    headers = {"X-Request-ID": "night-shift-7"}
    operator.put(f"{RESILIENCE}/config", json={"preset": "production", "reason": "a test"}, headers=headers)
    put(operator, preset="simple")
    [record] = read(operator, "monitoring/session/night-shift-7")["records"]
    assert (record["action"], record["details"]["preset"]) == ("config.change", "production")


def test_records_are_exported_as_they_are_or_as_a_table(operator: httpx2.Client) -> None:
    put(operator, preset="production", reason='=HYPERLINK("http://evil")')
    put(operator, custom={"retry_attempts": 4}, reason="plain, with a comma")
    records = read(operator, "monitoring/export", stream="changes")
    assert [record["custom"] for record in records] == [True, False]
    response = operator.get(f"{RESILIENCE}/monitoring/export", params={"stream": "changes", "format": "csv"})
    assert response.headers["content-type"].startswith("text/csv")
    assert 'filename="changes.csv"' in response.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["reason"] for row in rows] == ["plain, with a comma", '\'=HYPERLINK("http://evil")']
    assert [row["preset"] for row in rows] == ["production", "production"]


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\tx1", "\rx1"])
def test_nothing_in_a_table_is_a_formula(operator: httpx2.Client, begins: str) -> None:
    put(operator, preset="simple", reason=begins + " and more")
    query = {"stream": "changes", "format": "csv"}
    text = operator.get(f"{RESILIENCE}/monitoring/export", params=query).text
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["reason"] == f"'{begins} and more"


@pytest.mark.parametrize("query", [{"stream": "secrets"}, {"format": "xml"}, {"hours": 0}, {"hours": 9999}])
def test_an_export_that_cannot_be_is_refused(operator: httpx2.Client, query: dict[str, Any]) -> None:
    assert operator.get(f"{RESILIENCE}/monitoring/export", params=query).status_code == 422


def test_cleaning_up_removes_what_is_old_and_keeps_the_audit(operator: httpx2.Client) -> None:
    put(operator, preset="production")
    assert do(operator, "monitoring/cleanup", streams=["changes"], older_than_hours=1) == {"removed": {"changes": 0}}
    streams = ["usage", "changes", "changes"]
    done = do(operator, "monitoring/cleanup", streams=streams, older_than_hours=0)
    assert done == {"removed": {"changes": 1, "usage": 0}}
    assert read(operator, "monitoring/export", stream="changes") == []
    assert len(read(operator, "monitoring/export", stream="audit")) == 3
    refused = operator.post(f"{RESILIENCE}/monitoring/cleanup", json={"streams": ["audit"], "older_than_hours": 0})
    assert refused.status_code == 422


def test_benchmarks_are_run_one_at_a_time_and_kept(operator: httpx2.Client) -> None:
    path = f"{RESILIENCE}/performance/benchmark"
    for what in ("benchmark", "report", "history"):
        assert code(operator.get(f"{RESILIENCE}/performance/{what}")) == (404, "not_found")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: operator.post(path), range(2)))
    refused, ran = sorted(both, key=lambda response: -response.status_code)
    assert code(refused) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
    run = ran.json()
    names = [result["operation"] for result in run["report"]["results"]]
    assert len(names) == 8
    assert names == list(read(operator, "performance/thresholds")["benchmarks"])
    first = read(operator, "performance/report")
    assert {one["usual"] for one in first["comparison"]} == {None}
    operator.post(path)
    second = read(operator, "performance/report")
    assert [one["usual"] for one in second["comparison"]] == [result["mean"] for result in run["report"]["results"]]
    assert len(read(operator, "performance/history")["runs"]) == 2
    latest = read(operator, "performance/history", limit=1)["runs"]
    assert latest == [read(operator, "performance/benchmark")] == [second["run"]]
    table = operator.get(f"{RESILIENCE}/performance/report", params={"format": "text"})
    assert table.headers["content-type"].startswith("text/plain")
    assert "breaker_call" in table.text
    ran_twice = [each["action"] for each in read(operator, "monitoring/export", stream="audit")]
    assert ran_twice == ["benchmark.run"] * 2


def test_histories_outlive_the_process_with_redis() -> None:
    with valkey_server() as valkey:
        with running(ADMIN_KEY, redis_url=valkey.url) as client:
            ask(client, count=3)
            put(client, preset="production", reason="to be remembered")
            client.post(f"{RESILIENCE}/performance/benchmark")
        with running(ADMIN_KEY, redis_url=valkey.url) as client:
            usage = read(client, "monitoring/usage-statistics")
            assert (usage["calls"], usage["by_preset"]) == (3, {"simple": 3})
            assert usage["changes"][-1]["reason"] == "to be remembered"
            assert len(read(client, "performance/history")["runs"]) == 1
            actions = [record["action"] for record in read(client, "monitoring/export", stream="audit")]
            assert actions == ["benchmark.run", "config.change"]
            assert read(client, "config")["instances"].popitem()[1]["preset"] == "production"
