"""From the former variables to a preset and overrides."""

import json
import subprocess
from typing import Any

import pytest

from app.core.settings import Settings
from app.infrastructure.resilience.custom import CustomConfig, parse_custom
from app.infrastructure.resilience.migrate import Difference, detect, legacy_warning, migrate
from app.infrastructure.resilience.presets import PRESETS

from .policies import declared

POLICIES = declared("area.one", "area.two", "area.three_four", "area.five", "area.six")
NUMBERS: dict[str, tuple[str, str, Any]] = {
    "DEFAULT_RESILIENCE_STRATEGY": ("critical", "default_strategy", "critical"),
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": ("6", "circuit_breaker_threshold", 6),
    "CIRCUIT_BREAKER_RECOVERY_TIMEOUT": ("70", "recovery_timeout", 70),
    "RETRY_MAX_ATTEMPTS": ("4", "retry_attempts", 4),
    "RETRY_MAX_DELAY": ("45", "max_delay_seconds", 45),
    "RETRY_EXPONENTIAL_MULTIPLIER": ("1.25", "exponential_multiplier", 1.25),
    "RETRY_EXPONENTIAL_MIN": ("2.5", "exponential_min", 2.5),
    "RETRY_EXPONENTIAL_MAX": ("12", "exponential_max", 12),
    "RETRY_JITTER_ENABLED": ("false", "jitter_enabled", False),
    "RETRY_JITTER_MAX": ("1", "jitter_max", 1),
}
STRATEGIES = {f"{name}_RESILIENCE_STRATEGY": name.lower() for name in ("ONE", "TWO", "THREE_FOUR", "FIVE", "SIX")}
FORMER_DEFAULTS = {
    "DEFAULT_RESILIENCE_STRATEGY": "balanced",
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": "5",
    "CIRCUIT_BREAKER_RECOVERY_TIMEOUT": "60",
    "RETRY_MAX_ATTEMPTS": "3",
    "RETRY_MAX_DELAY": "30",
    "RETRY_EXPONENTIAL_MULTIPLIER": "1.0",
    "RETRY_EXPONENTIAL_MIN": "2.0",
    "RETRY_EXPONENTIAL_MAX": "10.0",
    "RETRY_JITTER_ENABLED": "true",
    "RETRY_JITTER_MAX": "2.0",
}


@pytest.mark.parametrize("variable", NUMBERS)
def test_each_number_becomes_the_override_that_means_the_same(variable: str) -> None:
    text, setting, value = NUMBERS[variable]
    found = migrate({variable: f" {text} ", "PATH": "/bin"}, POLICIES)
    assert found.overrides == CustomConfig(**{setting: value})
    assert (found.found, found.preset, found.problems) == ({variable: text}, "simple", ())


@pytest.mark.parametrize("variable", STRATEGIES)
def test_each_strategy_of_an_operation_becomes_its_override(variable: str) -> None:
    found = migrate({variable: "Conservative"}, POLICIES)
    assert found.overrides == CustomConfig(operation_overrides={STRATEGIES[variable]: "conservative"})
    assert found.problems == ()


def test_all_fifteen_together_become_one_config() -> None:
    environ = {name: text for name, (text, _, _) in NUMBERS.items()} | dict.fromkeys(STRATEGIES, "critical")
    found = migrate(environ, POLICIES)
    assert len(found.found) == 15
    assert found.problems == ()
    assert found.overrides is not None
    expected = {setting: value for _, setting, value in NUMBERS.values()}
    assert found.overrides.model_dump(exclude_unset=True) == expected | {
        "operation_overrides": dict.fromkeys(STRATEGIES.values(), "critical")
    }


def test_the_former_defaults_are_the_simple_preset_and_nothing_else() -> None:
    found = migrate(FORMER_DEFAULTS, POLICIES)
    assert (found.preset, found.score, found.overrides, found.differences) == ("simple", 1.0, None, ())
    assert found.lines("env") == ["RESILIENCE_PRESET=simple"]


@pytest.mark.parametrize("name", PRESETS)
def test_the_numbers_of_a_preset_lead_to_it(name: str) -> None:
    preset = PRESETS[name]
    environ = {
        "RETRY_MAX_ATTEMPTS": str(preset.retry_attempts),
        "CIRCUIT_BREAKER_FAILURE_THRESHOLD": str(preset.circuit_breaker_threshold),
        "CIRCUIT_BREAKER_RECOVERY_TIMEOUT": str(preset.recovery_timeout),
        "DEFAULT_RESILIENCE_STRATEGY": preset.default_strategy,
    }
    found = migrate(environ, POLICIES)
    assert (found.preset, found.score, found.overrides) == (name, 1.0, None)


def test_what_is_not_set_counts_as_the_former_default() -> None:
    found = migrate({"RETRY_MAX_ATTEMPTS": "5"}, POLICIES)
    assert (found.preset, found.score) == ("simple", 0.9)
    assert found.differences == (Difference("retry_attempts", 5, 3),)


def test_a_number_that_the_kept_strategy_has_anyway_is_no_difference() -> None:
    found = migrate({"DEFAULT_RESILIENCE_STRATEGY": "critical", "RETRY_MAX_DELAY": "300"}, POLICIES)
    assert found.differences == (Difference("default_strategy", "critical", "balanced"),)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("RETRY_MAX_ATTEMPTS", "abc", "RETRY_MAX_ATTEMPTS='abc': Input should be a valid integer"),
        ("RETRY_MAX_ATTEMPTS", "11", "RETRY_MAX_ATTEMPTS='11': Input should be less than or equal to 10"),
        ("RETRY_MAX_ATTEMPTS", "2.5", "RETRY_MAX_ATTEMPTS='2.5': Input should be a valid integer"),
        ("RETRY_JITTER_MAX", "nan", "RETRY_JITTER_MAX='nan': Input should be a finite number"),
        ("RETRY_JITTER_ENABLED", "perhaps", "RETRY_JITTER_ENABLED='perhaps': Input should be a valid boolean"),
        ("RETRY_MAX_DELAY", "\x1b[2J", r"RETRY_MAX_DELAY='\x1b[2j'"),
        ("DEFAULT_RESILIENCE_STRATEGY", "heroic", "DEFAULT_RESILIENCE_STRATEGY='heroic': Input should be"),
        ("ONE_RESILIENCE_STRATEGY", "heroic", "ONE_RESILIENCE_STRATEGY='heroic': Input should be"),
        ("GONE_RESILIENCE_STRATEGY", "critical", "GONE_RESILIENCE_STRATEGY: there is no operation gone"),
    ],
)
def test_a_bad_value_is_named_and_the_good_ones_are_taken_over(variable: str, text: str, words: str) -> None:
    found = migrate({variable: text, "RETRY_EXPONENTIAL_MAX": "20"}, POLICIES)
    assert len(found.problems) == 1
    assert found.problems[0].lower().startswith(words.lower())
    assert found.overrides == CustomConfig(exponential_max=20)


def test_values_that_contradict_each_other_are_a_problem_and_no_overrides() -> None:
    found = migrate({"RETRY_EXPONENTIAL_MIN": "9", "RETRY_EXPONENTIAL_MAX": "6"}, POLICIES)
    assert found.overrides is None
    assert "exponential_min (9) must be less than exponential_max (6)" in found.problems[0]
    assert found.lines("env") == ["RESILIENCE_PRESET=simple"]


def test_an_operation_name_that_two_domains_share_is_a_problem() -> None:
    found = migrate({"DEED_RESILIENCE_STRATEGY": "critical"}, declared("area.deed", "far.deed"))
    assert "area.deed or far.deed" in found.problems[0]


def test_a_custom_config_that_is_there_already_is_not_lost_in_silence() -> None:
    found = migrate({"RETRY_MAX_ATTEMPTS": "4", "RESILIENCE_CUSTOM_CONFIG": '{"jitter_max": 1}'}, POLICIES)
    assert "RESILIENCE_CUSTOM_CONFIG" in found.problems[0]
    assert migrate({"RESILIENCE_CUSTOM_CONFIG": '{"jitter_max": 1}'}, POLICIES).problems == ()


@pytest.mark.parametrize(
    "environ",
    [{}, {"RETRY_MAX_ATTEMPTS": " "}, {"RETRY_MAX_ATTEMPTS": None}, {"RETRIES": "3"}, {"RESILIENCE_PRESET": "x"}],
)
def test_nothing_found_means_nothing_to_do(environ: dict[str, str | None]) -> None:
    found = migrate(environ, POLICIES)
    assert (found.found, found.problems, found.lines("shell")) == ({}, (), [])
    assert legacy_warning(environ) is None


def test_the_warning_names_the_variables_and_the_command_but_no_value() -> None:
    warning = legacy_warning({"RETRY_MAX_DELAY": "hunter2", "ONE_RESILIENCE_STRATEGY": "x", "PATH": "/bin"})
    assert warning is not None
    assert "ONE_RESILIENCE_STRATEGY, RETRY_MAX_DELAY" in warning
    assert "make migrate-config" in warning
    assert "hunter2" not in warning


EVERYTHING = {name: text for name, (text, _, _) in NUMBERS.items()} | {"ONE_RESILIENCE_STRATEGY": "critical"}


def test_the_lines_for_a_shell_do_there_what_they_say() -> None:
    found = migrate(EVERYTHING, POLICIES)
    script = "\n".join(
        [*found.lines("shell"), 'echo "$RESILIENCE_PRESET${RETRY_MAX_DELAY-}"; echo "$RESILIENCE_CUSTOM_CONFIG"']
    )
    done = subprocess.run(["sh", "-c", script], env=EVERYTHING, capture_output=True, text=True, check=True)
    preset, config = done.stdout.splitlines()
    assert preset == found.preset
    assert parse_custom(config) == found.overrides


def test_the_lines_for_an_env_file_are_read_by_the_settings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RESILIENCE_PRESET", "RESILIENCE_CUSTOM_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    found = migrate(EVERYTHING, POLICIES)
    file = tmp_path_factory.mktemp("fork") / ".env"
    file.write_text("\n".join(found.lines("env")))
    settings = Settings(_env_file=file)
    assert settings.resilience_preset == found.preset
    assert parse_custom(settings.resilience_custom_config or "") == found.overrides


def test_the_lines_for_compose_are_quoted_yaml() -> None:
    found = migrate(EVERYTHING, POLICIES)
    first, preset, config = found.lines("compose")
    assert (first, preset) == ("environment:", "  RESILIENCE_PRESET: 'simple'")
    name, _, quoted = config.partition(": ")
    assert (name, quoted[0], quoted[-1]) == ("  RESILIENCE_CUSTOM_CONFIG", "'", "'")
    assert "'" not in quoted[1:-1]
    assert "$" not in quoted
    assert json.loads(quoted[1:-1])["operation_overrides"] == {"one": "critical"}


def test_only_whole_names_are_former_variables() -> None:
    assert detect({"MY_RETRY_MAX_DELAY": "1", "RETRY_MAX_DELAY_X": "1", "_RESILIENCE_STRATEGY": "1"}) == {}
