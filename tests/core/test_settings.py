"""What an operator writes into the environment becomes settings, or a sentence that names the mistake."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from app.core.settings import Settings, wrong
from app.core.settings_sources import PREFIXES

BOUNDS: dict[str, tuple[float, float]] = {
    "backend_port": (0, 65_535),
    "internal_port": (1, 65_535),
    "web_concurrency": (1, 256),
    "drain_seconds": (0, 300),
    "max_concurrent_requests": (1, 100_000),
    "max_queued_requests": (0, 100_000),
    "max_request_bytes": (1024, 104_857_600),
    "rate_limit_requests": (0, 1_000_000_000),
    "rate_limit_window_seconds": (1, 86_400),
    "ai_temperature": (0, 2),
    "ai_max_output_tokens": (16, 100_000),
    "cache_default_ttl": (1, 31_536_000),
    "cache_stale_ttl": (0, 31_536_000),
    "cache_memory_entries": (1, 10_000_000),
    "cache_memory_bytes": (65_536, 68_719_476_736),
    "cache_compression_threshold": (0, 10_000_000),
    "max_batch_requests_per_call": (1, 200),
    "batch_ai_concurrency_limit": (1, 1000),
}
PATIENCE = {
    "queue_timeout_seconds": 300,
    "header_timeout_seconds": 300,
    "body_timeout_seconds": 3600,
    "ai_connect_timeout": 60,
    "ai_first_token_timeout": 600,
    "ai_idle_timeout": 600,
    "ai_total_timeout": 3600,
}
CHOICES = {
    "environment": ("development", "staging", "production"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "screening": ("off", "flag", "block"),
    "screening_retrieved": ("off", "flag", "block"),
    "pii_redaction": ("off", "on"),
    "resilience_preset": ("simple", "development", "production"),
}
SWITCHES = ("debug", "disable_docs", "disable_internal_docs")
LISTS = (
    "allowed_hosts",
    "ai_link_hosts",
    "cache_encryption_keys",
    "cors_origins",
    "ai_fallback_models",
    "additional_api_keys",
)
SECRETS = ("api_key", "admin_api_key", "gemini_api_key", "openai_api_key", "anthropic_api_key", "redis_url")
TEXTS = (
    "backend_host",
    "forwarded_allow_ips",
    "api_keys_file",
    "gemini_base_url",
    "openai_base_url",
    "anthropic_base_url",
    "ai_model",
    "screening_detector",
    "resilience_custom_config",
)
ENDPOINT = "otel_exporter_otlp_endpoint"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder and an environment without our variables."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The one error that this value of a variable causes."""
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (error,) = caught.value.errors()
    return dict(error)


def test_these_tests_know_every_setting() -> None:
    known = {*BOUNDS, *PATIENCE, *CHOICES, *SWITCHES, *LISTS, *SECRETS, *TEXTS, ENDPOINT}
    assert known == set(Settings.model_fields)


def test_nothing_has_to_be_set() -> None:
    assert Settings().environment == "development"


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_is_taken_at_its_bounds_and_refused_by_name_beyond_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, high = BOUNDS[name]
    for value in (low, high):
        monkeypatch.setenv(name.upper(), str(value))
        assert getattr(Settings(), name) == value
    for value in (low - 1, high + 1):
        assert refusal(name, str(value), monkeypatch)["loc"] == (name,)


@pytest.mark.parametrize("name", PATIENCE)
def test_a_time_out_is_more_than_nothing_and_at_most_its_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), str(PATIENCE[name]))
    assert getattr(Settings(), name) == PATIENCE[name]
    for value in ("0", "-1", str(PATIENCE[name] + 1)):
        assert refusal(name, value, monkeypatch)["loc"] == (name,)


@pytest.mark.parametrize("name", [*BOUNDS, *PATIENCE])
def test_a_number_that_is_none_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(name, "many", monkeypatch)["loc"] == (name,)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_an_empty_variable_is_an_unset_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "")
    assert getattr(Settings(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_takes_its_words_and_no_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in CHOICES[name]:
        monkeypatch.setenv(name.upper(), value)
        assert getattr(Settings(), name) == value
    error = refusal(name, "prodction", monkeypatch)
    assert error["loc"] == (name,)
    assert all(value in error["msg"] for value in CHOICES[name])


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_takes_true_and_false(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (True, False):
        monkeypatch.setenv(name.upper(), str(value).lower())
        assert getattr(Settings(), name) is value
    assert refusal(name, "perhaps", monkeypatch)["loc"] == (name,)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_split_at_commas_without_blanks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), " one , two,, ")
    found = getattr(Settings(), name)
    assert [one.get_secret_value() if isinstance(one, SecretStr) else one for one in found] == ["one", "two"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_kept_and_not_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "redis://s3cr3t-value")
    settings = Settings()
    assert getattr(settings, name).get_secret_value() == "redis://s3cr3t-value"
    assert "s3cr3t-value" not in repr(settings)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_taken_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "as written")
    assert getattr(Settings(), name) == "as written"


@pytest.mark.parametrize(("name", "most"), [("ai_model", 200), ("resilience_custom_config", 4096)])
def test_a_text_beyond_its_bound_is_refused_by_name(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(name, "x" * (most + 1), monkeypatch)["loc"] == (name,)


@pytest.mark.parametrize("name", [*SECRETS, *TEXTS])
def test_a_file_may_hold_the_value(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("redis://from-a-file\n", encoding="utf-8")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / "value"))
    found = getattr(Settings(), name)
    assert (found.get_secret_value() if isinstance(found, SecretStr) else found) == "redis://from-a-file"


def test_a_file_may_hold_a_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one,two\n", encoding="utf-8")
    monkeypatch.setenv("ADDITIONAL_API_KEYS_FILE", str(tmp_path / "keys"))
    assert [key.get_secret_value() for key in Settings().additional_api_keys] == ["one", "two"]


def test_dotenv_may_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n", encoding="utf-8")
    (tmp_path / ".env").write_text(f"API_KEY_FILE={tmp_path / 'key'}\n", encoding="utf-8")
    key = Settings().api_key
    assert key is not None
    assert key.get_secret_value() == "from-a-file"


def test_a_wrong_value_in_a_file_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("many", encoding="utf-8")
    monkeypatch.setenv("BACKEND_PORT_FILE", str(tmp_path / "value"))
    with pytest.raises(ValidationError, match="backend_port"):
        Settings()


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if content:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("API_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ValueError, match=f"API_KEY_FILE names a file that cannot be read: {tmp_path / 'key'}"):
        Settings()


def test_the_environment_wins_over_a_file_and_both_over_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AI_MODEL=dotenv\n", encoding="utf-8")
    assert Settings().ai_model == "dotenv"
    (tmp_path / "model").write_text("file", encoding="utf-8")
    monkeypatch.setenv("AI_MODEL_FILE", str(tmp_path / "model"))
    assert Settings().ai_model == "file"
    monkeypatch.setenv("AI_MODEL", "environment")
    assert Settings().ai_model == "environment"


def test_a_wrong_value_in_dotenv_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BACKEND_PORT=many\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="backend_port"):
        Settings()


@pytest.mark.parametrize(
    ("wrong", "right"), [("AI_TEMPRATURE", "AI_TEMPERATURE"), ("RATE_LIMIT_REQUEST", "RATE_LIMIT_REQUESTS")]
)
def test_a_misspelt_variable_is_named_with_its_neighbour(
    wrong: str, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(wrong, "1")
    with pytest.raises(ValueError, match=rf"{wrong} is not a setting\. Did you mean {right}\?"):
        Settings()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_unknown_variable_with_one_of_our_prefixes_is_refused(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{prefix}QZXJ", "1")
    with pytest.raises(ValueError, match=f"{prefix}QZXJ is not a setting"):
        Settings()


def test_a_misspelt_variable_in_dotenv_is_named_with_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AI_TEMPRATURE=1\nOTHER_TOOL=fine\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"AI_TEMPRATURE is not a setting\. Did you mean AI_TEMPERATURE\?"):
        Settings()


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODY_ELSES", "1")
    assert Settings().environment == "development"


@pytest.mark.parametrize("value", ["collector:4318", "ftp://collector", "http://", "http://" + "x" * 2000])
def test_an_endpoint_that_is_no_address_is_refused_by_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(ENDPOINT, value, monkeypatch)["loc"] == (ENDPOINT,)


@pytest.mark.parametrize(("environment", "seconds"), [("development", 0), ("staging", 5), ("production", 5)])
def test_only_development_stops_at_once(environment: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert Settings().drain == seconds
    monkeypatch.setenv("DRAIN_SECONDS", "2.5")
    assert Settings().drain == 2.5


@pytest.mark.parametrize("value", ["swordfish://nowhere", "localhost:6379"])
def test_an_address_of_redis_has_its_scheme(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal("redis_url", value, monkeypatch)["loc"] == ("redis_url",)


def test_what_is_wrong_is_told_by_variable_and_never_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "s3cr3t-value")
    monkeypatch.setenv("BACKEND_PORT", "many")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert sorted(wrong(caught.value)) == [
        "BACKEND_PORT: Input should be a valid integer, unable to parse string as an integer",
        "REDIS_URL: begins with redis://, rediss:// or unix://",
    ]


def test_debug_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert refusal("debug", "true", monkeypatch)["msg"] == "Value error, DEBUG is refused in production"


def test_settings_cannot_be_changed_after_the_start() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().debug = True  # type: ignore[misc]


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("host", ["https://example.org", "example.org/a", "*", "EXAMPLE.org", "a b"])
def test_a_host_that_is_an_address_or_a_pattern_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is not a host name" in refusal("ai_link_hosts", host, monkeypatch)["msg"]
