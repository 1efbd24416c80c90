"""The plain checks of a custom config."""

import pytest

from app.infrastructure.resilience.custom import MAX_ERRORS
from app.infrastructure.resilience.validation import LONGEST_SENTENCE, validate, validate_json

from .policies import declared


def test_a_good_config_is_valid_and_says_nothing() -> None:
    found = validate(
        {"retry_attempts": 4, "operation_overrides": {"deed": "critical"}}, declared("area.deed"), "staging"
    )
    assert (found.is_valid, found.errors, found.warnings, found.suggestions) == (True, (), (), ())


def test_a_doubtful_config_is_valid_and_warned_about() -> None:
    found = validate({"retry_attempts": 8, "default_strategy": "aggressive"}, declared(), "production")
    assert found.is_valid
    assert [warning.split()[0] for warning in found.warnings] == ["retry_attempts", "aggressive"]


def test_each_fault_has_a_sentence_of_its_own() -> None:
    found = validate({"retry_attempts": 0, "jitter_max": True}, declared(), "staging")
    assert [error.split(":")[0] for error in found.errors] == ["retry_attempts", "jitter_max"]


@pytest.mark.parametrize("config", [None, [], "text", 3, True])
def test_what_is_no_object_is_refused(config: object) -> None:
    assert validate(config, declared(), "staging").errors == ("The custom config must be a JSON object.",)


def test_a_misspelt_key_gets_the_one_that_was_meant() -> None:
    assert validate({"retry_atempts": 2}, declared(), "staging").suggestions == (
        "retry_atempts: did you mean retry_attempts?",
    )


def test_an_unknown_operation_is_refused_and_the_one_that_was_meant_is_named() -> None:
    found = validate({"operation_overrides": {"dead": "critical"}}, declared("area.deed"), "staging")
    assert found.errors == ("operation_overrides names dead. Known: area.deed.",)
    assert found.suggestions == ("dead: did you mean deed?",)


def test_a_config_that_contradicts_the_strategy_of_the_preset_is_refused_under_that_preset_only() -> None:
    config = {"exponential_min": 7}
    assert validate(config, declared("area.deed"), "staging", "simple").is_valid
    assert "exponential_min (7)" in validate(config, declared("area.deed"), "staging", "development").errors[0]


def test_the_running_preset_counts_when_none_is_named() -> None:
    assert not validate({"exponential_min": 7}, declared("area.deed", preset="development"), "staging").is_valid


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not JSON"), ('{"jitter_max": NaN}', "NaN"), ("[" * 4000, "too deeply"), ("1" * 5000, "not JSON")],
)
def test_text_that_is_not_json_is_refused(text: str, words: str) -> None:
    found = validate_json(text, declared(), "staging")
    assert not found.is_valid
    assert words in found.errors[0]


def test_json_text_is_checked_like_its_value() -> None:
    assert validate_json('{"retry_attempts": 3}', declared(), "staging").is_valid
    assert validate_json('{"retry_attempts": 30}', declared(), "staging").errors == (
        "retry_attempts: Input should be less than or equal to 10",
    )


def test_a_config_of_many_faults_gets_a_bounded_answer() -> None:
    found = validate({f"key{number}": 1 for number in range(1000)}, declared(), "staging")
    assert len(found.errors) == MAX_ERRORS + 1
    assert found.errors[-1] == f"and {1000 - MAX_ERRORS} more faults"


def test_a_sentence_is_cut_and_can_be_written_anywhere() -> None:
    found = validate({"\x1b[2J\n" + "x" * 5000: 1}, declared(), "staging")
    assert found.errors[0].startswith(r"\x1b[2J\nxxx")
    found = validate({"operation_overrides": {"\ud800" * 5000: "critical"}}, declared(), "staging")
    assert all(len(error.encode()) <= 6 * LONGEST_SENTENCE for error in found.errors)
