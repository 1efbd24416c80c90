"""The routes about resilience: which there are, who may call them, and what they tell of real calls."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.resilience import DOWN, QA, RESILIENCE, SUMMARIZE, ask, code, do, read
from tests.support.live import running
from tests.support.model_server import ModelServer
from tests.support.service import ADMIN_KEY, API_KEY

READS = [
    "health",
    "health/detailed",
    "dashboard",
    "metrics",
    "metrics/{operation}",
    "circuit-breakers",
    "circuit-breakers/{name}",
    "config",
    "config/presets",
    "config/presets/{name}",
    "config/presets-summary",
    "config/recommend-preset/{environment}",
    "config/recommend-preset-auto",
    "config/templates",
    "config/templates/{name}",
    "config/validate/security-config",
    "config/validate/rate-limit-status",
    "monitoring/usage-statistics",
    "monitoring/preset-trends/{preset}",
    "monitoring/performance-metrics",
    "monitoring/alerts",
    "monitoring/session/{session_id}",
    "monitoring/export",
    "performance/benchmark",
    "performance/thresholds",
    "performance/report",
    "performance/history",
]
CHECKS = [
    "config/validate-template",
    "config/recommend-template",
    "config/validate",
    "config/validate-secure",
    "config/validate-json",
    "config/validate/field-whitelist",
]
CHANGES = [
    "metrics/reset",
    "circuit-breakers/{name}/reset",
    "circuit-breakers/{name}/force-open",
    "monitoring/cleanup",
    "performance/benchmark",
]
ROUTES = (
    {("get", path): "internal:read" for path in READS}
    | {("post", path): "internal:read" for path in CHECKS}
    | {("post", path): "internal:write" for path in CHANGES}
    | {("put", "config"): "internal:write"}
)
ABOUT_INSTANCES = [
    "health",
    "health/detailed",
    "dashboard",
    "metrics",
    "metrics/{operation}",
    "circuit-breakers",
    "circuit-breakers/{name}",
    "config",
    "monitoring/usage-statistics",
    "monitoring/preset-trends/{preset}",
    "monitoring/performance-metrics",
    "monitoring/alerts",
]
NAMES = {"{name}": QA, "{operation}": QA, "{environment}": "staging", "{preset}": "simple", "{session_id}": "night"}
READ_KEY = "test-watcher-2j7v9n4r"


def filled(path: str) -> str:
    for placeholder, name in NAMES.items():
        path = path.replace(placeholder, name)
    return path.replace(f"presets/{QA}", "presets/simple").replace(f"templates/{QA}", "templates/low_latency")


@pytest.fixture(scope="module")
def operator() -> Iterator[httpx2.Client]:
    with running(ADMIN_KEY) as client:
        yield client


@pytest.fixture
def failing(model: ModelServer) -> Iterator[httpx2.Client]:
    """An operator's client of a service whose model fails: three attempts a call, a breaker of five failures."""
    with running(ADMIN_KEY, **model.openai_env()) as client:
        model.behave(fail=DOWN)
        yield client


def documented(client: httpx2.Client) -> dict[tuple[str, str], dict[str, Any]]:
    paths = client.get("/internal/openapi.json").json()["paths"]
    return {
        (method, path.removeprefix(f"{RESILIENCE}/")): operation
        for path, methods in paths.items()
        if path.startswith(f"{RESILIENCE}/")
        for method, operation in methods.items()
    }


def test_there_are_39_routes_and_each_says_who_may_call_it(operator: httpx2.Client) -> None:
    found = documented(operator)
    assert found.keys() == ROUTES.keys()
    assert len(found) == 39
    for route, scope in ROUTES.items():
        assert f"Scope: `{scope}`" in found[route]["description"], route


def test_an_ordinary_key_opens_none_of_them(operator: httpx2.Client) -> None:
    for method, path in ROUTES:
        refused = operator.request(
            method, f"{RESILIENCE}/{filled(path)}", headers={"Authorization": f"Bearer {API_KEY}"}
        )
        assert code(refused) == (403, "forbidden"), path


def test_a_key_for_reading_reads_and_checks_and_changes_nothing(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'watcher = {{ sha256 = "{sha256(READ_KEY.encode()).hexdigest()}", scopes = ["internal:read"] }}')
    with running(READ_KEY, api_keys_file=str(keys)) as client:
        for (method, path), scope in ROUTES.items():
            status = client.request(method, f"{RESILIENCE}/{filled(path)}").status_code
            assert status == 403 if scope == "internal:write" else status in (200, 404, 415), (method, path, status)


def test_every_read_answers_with_a_status_that_it_documents(operator: httpx2.Client) -> None:
    found = documented(operator)
    empty = {f"performance/{what}" for what in ("benchmark", "report", "history")} | {"monitoring/session/{session_id}"}
    for path in READS:
        status = operator.get(f"{RESILIENCE}/{filled(path)}").status_code
        assert status == (404 if path in empty else 200), path
        assert str(status) in found["get", path]["responses"], path


@pytest.mark.parametrize("path", ABOUT_INSTANCES)
def test_one_instance_can_be_chosen_and_an_unknown_one_is_a_404(operator: httpx2.Client, path: str) -> None:
    (me,) = read(operator, "config")["instances"]
    read(operator, filled(path), instance=me)
    response = operator.get(f"{RESILIENCE}/{filled(path)}", params={"instance": "nobody"})
    assert code(response) == (404, "not_found")
    assert "nobody" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "metrics/trial.tea"),
        ("post", "metrics/reset?operation=trial.tea"),
        ("get", "circuit-breakers/qa"),
        ("post", "circuit-breakers/trial.tea/reset"),
        ("get", "config/presets/heroic"),
        ("get", "config/templates/heroic"),
        ("get", "monitoring/preset-trends/heroic"),
        ("get", "monitoring/session/never-seen"),
    ],
)
def test_an_unknown_name_is_a_404_and_is_not_made_by_asking(operator: httpx2.Client, method: str, path: str) -> None:
    before = read(operator, "metrics")["policies"].keys()
    assert code(operator.request(method, f"{RESILIENCE}/{path}")) == (404, "not_found")
    assert read(operator, "metrics")["policies"].keys() == before


def test_forcing_an_unknown_breaker_open_and_checking_an_unknown_template_are_404(operator: httpx2.Client) -> None:
    for path, body in (
        ("circuit-breakers/trial.tea/force-open", {"seconds": 9, "reason": "a test"}),
        ("config/validate-template", {"template": "heroic"}),
    ):
        assert code(operator.post(f"{RESILIENCE}/{path}", json=body)) == (404, "not_found")


def test_metrics_are_those_of_the_calls_that_were_made(failing: httpx2.Client, model: ModelServer) -> None:
    assert [response.status_code for response in ask(failing, count=3)] == [502, 502, 503]
    model.behave()
    ask(failing, "key_points", count=2)
    assert len(model.calls()) == 5 + 2
    found = read(failing, f"metrics/{QA}")
    counted = {name: found["total"][name] for name in ("calls", "failures", "rejected", "attempts", "retries", "opens")}
    assert counted == {"calls": 3, "failures": 2, "rejected": 1, "attempts": 5, "retries": 3, "opens": 1}
    assert (found["total"]["success_rate"], found["total"]["last_success"]) == (0, None)
    assert 0 < found["total"]["p50"] <= found["total"]["p95"] <= found["total"]["p99"]
    points = read(failing, "metrics")["policies"]["trial.key_points"]["total"]
    assert (points["calls"], points["successes"], points["success_rate"], points["retries"]) == (2, 2, 1, 0)


def test_breakers_health_and_dashboard_tell_of_the_same_trouble(failing: httpx2.Client) -> None:
    assert read(failing, "health")["status"] == "healthy"
    ask(failing, count=2)
    (me,) = read(failing, "config")["instances"]
    breaker = read(failing, f"circuit-breakers/{QA}")
    assert (breaker["state"], breaker["instances"][me]["failure_threshold"]) == ("open", 5)
    assert 0 < breaker["instances"][me]["open_remaining"] <= breaker["instances"][me]["recovery_timeout"] == 60
    health = read(failing, "health")
    assert (health["status"], health["policies"], health["troubled"]) == ("degraded", 5, {QA: {me: "open"}})
    detailed = read(failing, "health/detailed")
    assert (detailed["status"], detailed["policies"][QA]["instances"].keys()) == ("degraded", {me})
    dashboard = read(failing, "dashboard")
    line = dashboard["operations"][QA]
    assert (dashboard["status"], dashboard["preset"], dashboard["instances"]) == ("degraded", "simple", 1)
    assert (line["state"], line["calls"], line["retries"]) == ("open", 2, 3)


def test_the_config_comes_with_the_origin_of_each_number(operator: httpx2.Client) -> None:
    (config,) = read(operator, "config")["instances"].values()
    assert (config["preset"], config["custom"], config["wish"]) == ("simple", None, None)
    qa = config["policies"][QA]
    assert (qa["strategy"], qa["strategy_origin"]) == ("critical", "operation")
    assert (qa["origins"]["retry_attempts"], qa["origins"]["exponential_min"]) == ("preset", "strategy")
    assert config["policies"][SUMMARIZE]["numbers"]["retry_attempts"] == 3


def test_presets_and_templates_are_told_in_full_and_in_short(operator: httpx2.Client) -> None:
    presets = {preset["name"]: preset for preset in read(operator, "config/presets")["presets"]}
    assert presets.keys() == {"simple", "development", "production"}
    assert read(operator, "config/presets/production") == presets["production"]
    summary = read(operator, "config/presets-summary")
    assert (summary["running"], summary["presets"].keys()) == ("simple", presets.keys())
    assert "5 attempts" in summary["presets"]["production"]
    templates = read(operator, "config/templates")["templates"]
    assert len(templates) == 5
    assert read(operator, "config/templates/low_latency") in templates


def test_presets_are_recommended_for_a_name_and_for_this_machine(operator: httpx2.Client) -> None:
    assert read(operator, "config/recommend-preset/staging")["preset"] == "production"
    assert 0 < read(operator, "config/recommend-preset-auto")["confidence"] <= 1


def test_checks_say_what_would_be_wrong(operator: httpx2.Client) -> None:
    good, bad = {"retry_attempts": 4}, {"retry_atempts": 4}
    assert do(operator, "config/validate", config=good)["is_valid"] is True
    wrong = do(operator, "config/validate", config=bad)
    assert (wrong["is_valid"], wrong["suggestions"]) == (False, ["retry_atempts: did you mean retry_attempts?"])
    assert do(operator, "config/validate-json", text='{"retry_attempts": NaN}')["is_valid"] is False
    assert do(operator, "config/validate-template", template="low_latency")["is_valid"] is True
    overrides = {"retry_attempts": 0}
    assert do(operator, "config/validate-template", template="low_latency", overrides=overrides)["is_valid"] is False
    markup = {"operation_overrides": {"<script>": "critical"}}
    assert any("script" in error or "markup" in error for error in _errors(operator, markup))
    assert do(operator, "config/recommend-template", config={"retry_attempts": 8})["template"] == "maximum_reliability"
    assert do(operator, "config/validate/field-whitelist", config=bad | good)
    assert read(operator, "config/validate/security-config")["limits"]


def _errors(client: httpx2.Client, config: dict[str, Any]) -> list[str]:
    found = do(client, "config/validate-secure", config=config)
    assert found["is_valid"] is False
    errors: list[str] = found["errors"]
    return errors


def test_the_rate_limit_is_told_as_it_is_left() -> None:
    path = "config/validate/rate-limit-status"
    with running(ADMIN_KEY) as client:
        assert set(read(client, path).values()) == {None}
    with running(ADMIN_KEY, rate_limit_requests=10, rate_limit_window_seconds=3600) as client:
        assert [read(client, path)["remaining"] for _ in range(3)] == [9, 8, 7]
        left = read(client, path)
        assert (left["limit"], left["window_seconds"]) == (10, 3600)
        assert 0 < left["reset_seconds"] <= 3600
