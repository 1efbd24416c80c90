"""`doctor`, `openapi` and `keys`: what an operator asks before starting."""

import json

import pytest

from app.core.settings import Settings
from app.infrastructure.security.keys import refuse_weak
from tests.cli.conftest import Command
from tests.support.ports import free_port
from tests.support.service import Service


def test_a_fresh_clone_is_in_order(command: Command) -> None:
    done = command("doctor")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "Everything that is declared is wired."


def test_every_setting_acts_somewhere_and_every_route_has_a_decision(command: Command) -> None:
    found = json.loads(command("doctor", "--json").stdout)
    assert {name for name, _, _ in found["settings"]} == {name.upper() for name in Settings.model_fields}
    assert all(modules for _, _, modules in found["settings"])
    assert all(scope for _, _, _, scope in found["routes"])
    assert found["problems"] == []


def test_secrets_are_not_shown(command: Command) -> None:
    done = command(
        "doctor", API_KEY="a-good-key-v8c4h6j2", ADDITIONAL_API_KEYS="another-key-v8c4h6j2", ENVIRONMENT="production"
    )
    assert done.exit_code == 0
    assert "h6j2" not in done.output


def test_redis_that_does_not_answer_is_a_problem(command: Command) -> None:
    done = command("doctor", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == "redis: REDIS_URL does not answer"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BACKEND_PORT", "many", "BACKEND_PORT: "),
        ("CACHE_TTL", "1", "CACHE_TTL is not a setting."),
        ("AI_MODEL", "teapot:one", "AI_MODEL names the unknown provider"),
        ("RESILIENCE_CUSTOM_CONFIG", "{}", "RESILIENCE_CUSTOM_CONFIG: set at least one of"),
        ("API_KEY", "short", "API_KEY is shorter than 16 characters"),
        ("ENVIRONMENT", "production", "ENVIRONMENT=production needs API_KEY"),
    ],
)
def test_a_wrong_setting_is_named_with_exit_code_2(command: Command, name: str, value: str, said: str) -> None:
    done = command("doctor", **{name: value})
    assert done.exit_code == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("door", "path"), [("public", "/openapi.json"), ("internal", "/internal/openapi.json")])
def test_the_document_is_the_one_that_is_served(command: Command, service: Service, door: str, path: str) -> None:
    assert json.loads(command("openapi", door).stdout) == service.anonymous.get(path).json()


def test_an_unknown_door_is_wrong_usage(command: Command) -> None:
    assert command("openapi", "back").exit_code == 2


def test_a_new_key_is_strong_and_never_the_same(command: Command) -> None:
    keys = {command("keys", "new").stdout.strip() for _ in range(3)}
    assert len(keys) == 3
    for key in keys:
        refuse_weak(key, "API_KEY")


def test_data_protection_is_shown_and_its_keys_are_not(command: Command) -> None:
    key = "2026:" + "QUJD" * 10 + "QUI="
    found = command("doctor", "--json", CACHE_ENCRYPTION_KEYS=key, PII_REDACTION="on", AI_LINK_HOSTS="docs.example")
    controls = {name: (state, detail) for name, state, detail in json.loads(found.stdout)["controls"]}
    assert controls["redaction"] == ("on", "PII_REDACTION")
    assert "docs.example" in controls["answers"][1]
    assert controls["cache encryption"][0] == "off"
    assert "QUJD" not in found.output


def test_a_wrong_encryption_key_is_named_and_not_shown(command: Command) -> None:
    done = command("doctor", CACHE_ENCRYPTION_KEYS="2026:too-short")
    assert done.exit_code == 2
    assert done.stderr.startswith("CACHE_ENCRYPTION_KEYS: key 1 is not")
    assert "too-short" not in done.stderr
