"""The commands for templates and for former variables, and the warning at start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import PASSED_ON, PATHS, Service


def presets(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`python -m app presets` in that folder, with the tests' domain, with nothing in the environment but `environ`."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.house", "presets", *arguments],
        cwd=folder,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONPATH": PATHS} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_former_variables_there_is_nothing_to_migrate(tmp_path: Path) -> None:
    done = presets(tmp_path, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing to migrate")


def test_migrate_prints_the_preset_the_differences_and_the_lines(tmp_path: Path) -> None:
    done = presets(tmp_path, "migrate", "--format", "shell", RETRY_MAX_ATTEMPTS="5", QA_RESILIENCE_STRATEGY="critical")
    assert (done.returncode, done.stderr) == (0, "")
    assert "simple (score 0.90)" in done.stdout
    assert ["retry_attempts", "5", "3"] in [line.split() for line in done.stdout.splitlines()]
    assert "unset QA_RESILIENCE_STRATEGY RETRY_MAX_ATTEMPTS" in done.stdout
    assert "export RESILIENCE_PRESET=simple" in done.stdout


def test_migrate_reads_the_env_file_too_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RETRY_MAX_ATTEMPTS=4\nRETRY_JITTER_MAX=1\n")
    done = presets(tmp_path, "migrate", "--json", RETRY_MAX_ATTEMPTS="5")
    assert json.loads(done.stdout)["overrides"] == {"retry_attempts": 5, "jitter_max": 1}


def test_a_variable_that_cannot_be_taken_over_ends_with_exit_code_1(tmp_path: Path) -> None:
    done = presets(tmp_path, "migrate", "--json", RETRY_MAX_ATTEMPTS="many", RETRY_MAX_DELAY="40")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert "RETRY_MAX_ATTEMPTS" in found["problems"][0]
    assert found["lines"]["env"] == ["RESILIENCE_PRESET=simple", 'RESILIENCE_CUSTOM_CONFIG={"max_delay_seconds":40}']
    assert set(found["lines"]) == {"shell", "env", "compose"}
    assert "RETRY_MAX_ATTEMPTS" in presets(tmp_path, "migrate", RETRY_MAX_ATTEMPTS="many").stderr


def test_the_migrated_lines_pass_the_validation_of_the_command_line(tmp_path: Path) -> None:
    done = presets(tmp_path, "migrate", "--json", RETRY_MAX_ATTEMPTS="5", SENTIMENT_RESILIENCE_STRATEGY="critical")
    file = tmp_path / "config.json"
    file.write_text(json.dumps(json.loads(done.stdout)["overrides"]))
    assert presets(tmp_path, "validate", str(file)).returncode == 0


def test_templates_are_listed_for_people_and_for_machines(tmp_path: Path) -> None:
    rows = [line.split() for line in presets(tmp_path, "templates").stdout.splitlines()]
    assert ["low_latency", "1", "2", "10.0", "aggressive", "5.0"] in rows
    found = json.loads(presets(tmp_path, "templates", "--json").stdout)
    assert found["maximum_reliability"]["config"]["retry_attempts"] == 8
    assert len(found) == 5


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ('{"retry_attempts": 7, "default_strategy": "critical"}', 0, "maximum_reliability (score 0.94)"),
        ('{"jitter_max": 1}', 0, "none (score 0.00)"),
        ('{"retry_attempts": 70}', 1, "retry_attempts: "),
    ],
)
def test_suggest_names_the_nearest_template(tmp_path: Path, config: str, code: int, words: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(config)
    done = presets(tmp_path, "suggest", str(file))
    assert done.returncode == code
    assert words in done.stdout + done.stderr


def test_former_variables_cause_one_warning_at_start_and_change_nothing() -> None:
    with Service(RETRY_MAX_ATTEMPTS="9", QA_RESILIENCE_STRATEGY="critical") as service:
        lines = [line for line in service.output().splitlines() if "make migrate-config" in line]
        (config,) = service.operator.get("/internal/resilience/config").json()["instances"].values()
    assert len(lines) == 1
    assert "QA_RESILIENCE_STRATEGY, RETRY_MAX_ATTEMPTS" in lines[0]
    assert config["custom"] is None
    assert {policy["numbers"]["retry_attempts"] for policy in config["policies"].values()} == {3}


def test_a_service_without_former_variables_warns_of_nothing() -> None:
    with Service() as service:
        assert "migrate-config" not in service.output()
