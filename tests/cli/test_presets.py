"""Presets on the command line."""

import json
from pathlib import Path

import pytest

from app.infrastructure.resilience import PRESETS
from tests.cli.conftest import Command


def test_the_presets_are_listed_side_by_side(command: Command) -> None:
    rows = {line.split()[0]: line.split()[1:] for line in command("presets", "list").stdout.splitlines()}
    assert rows["simple"] == ["3", "5", "60", "balanced"]
    assert rows["development"] == ["2", "3", "30", "aggressive"]
    assert rows["production"] == ["5", "10", "120", "conservative"]
    assert set(json.loads(command("presets", "list", "--json").stdout)) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_one_preset_is_shown(command: Command, name: str) -> None:
    shown = json.loads(command("presets", "show", name, "--json").stdout)
    assert shown["retry_attempts"] == PRESETS[name].retry_attempts
    assert PRESETS[name].description in command("presets", "show", name).stdout


def test_an_unknown_preset_is_told_with_the_known_ones(command: Command) -> None:
    done = command("presets", "show", "heroic")
    assert (done.exit_code, done.stderr) == (1, f"There is no preset heroic. Known: {', '.join(PRESETS)}.\n")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('{"retry_attempts": 0}', "retry_attempts"),
        ('{"retry_attemps": 3}', "retry_attemps: unknown key"),
        ('{"operation_overrides": {"dance": "balanced"}}', "dance"),
        ("{}", "set at least one of"),
        ("{", "not JSON"),
        ("", "not JSON"),
    ],
)
def test_a_wrong_config_is_told_with_exit_code_1(command: Command, config: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    for done in (
        command("presets", "validate", str(tmp_path / "config.json")),
        command("presets", "validate", RESILIENCE_CUSTOM_CONFIG=config),
    ):
        assert done.exit_code == 1
        assert said in done.stderr
        assert "Traceback" not in done.output


def test_a_right_config_is_valid_with_its_warnings(command: Command) -> None:
    done = command("presets", "validate", RESILIENCE_CUSTOM_CONFIG='{"retry_attempts": 9}')
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "valid"
    assert "warning: retry_attempts 9" in done.stdout


def test_what_is_in_force_is_shown_with_its_origins(command: Command) -> None:
    found = json.loads(
        command(
            "presets",
            "effective",
            "--json",
            RESILIENCE_PRESET="production",
            RESILIENCE_CUSTOM_CONFIG='{"retry_attempts": 4}',
        ).stdout
    )
    summarize = found["trial.summarize"]
    assert (summarize["numbers"]["retry_attempts"], summarize["origins"]["retry_attempts"]) == (4, "custom")
    assert (summarize["numbers"]["recovery_timeout"], summarize["origins"]["recovery_timeout"]) == (120, "preset")
    assert "trial.summarize" in command("presets", "effective").stdout


def test_a_config_that_does_not_fit_is_told_with_exit_code_2(command: Command) -> None:
    config = '{"operation_overrides": {"dance": "balanced"}}'
    done = command("presets", "effective", RESILIENCE_CUSTOM_CONFIG=config)
    assert done.exit_code == 2
    assert "dance" in done.stderr


@pytest.mark.parametrize(
    ("name", "preset"), [("staging", "production"), ("dev", "development"), ("latest-domain", "simple")]
)
def test_a_preset_is_recommended_for_a_name(command: Command, name: str, preset: str) -> None:
    assert command("presets", "recommend", name).stdout.startswith(f"{preset} (confidence 0.")
    assert json.loads(command("presets", "recommend", name, "--json").stdout)["preset"] == preset


def test_a_preset_is_recommended_for_this_environment(command: Command) -> None:
    assert command("presets", "recommend", ENVIRONMENT="production").stdout.startswith("production")
