"""The recommendation table."""

import pytest

from app.infrastructure.resilience.recommend import detect, recommend


@pytest.mark.parametrize(
    ("name", "preset", "confidence"),
    [
        ("development", "development", 0.95),
        ("dev", "development", 0.90),
        ("testing", "development", 0.85),
        ("test", "development", 0.85),
        ("staging", "production", 0.90),
        ("stage", "production", 0.85),
        ("production", "production", 0.95),
        ("prod", "production", 0.90),
        ("live", "production", 0.85),
        ("  PROD ", "production", 0.90),
        ("pre-prod", "production", 0.70),
        ("preprod", "production", 0.70),
        ("uat", "production", 0.70),
        ("sandbox", "development", 0.75),
        ("release", "production", 0.75),
        ("prod-eu-1", "production", 0.75),
        ("eu_prod2", "production", 0.75),
        ("dev-7", "development", 0.75),
        ("non-prod", "development", 0.75),
        ("local", "development", 0.75),
    ],
)
def test_a_known_name_decides(name: str, preset: str, confidence: float) -> None:
    found = recommend(name)
    assert (found.preset, found.confidence) == (preset, confidence)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "latest",
        "domain",
        "product",
        "reproduction",
        "device",
        "alive",
        "contest",
        "delivery",
        "blue",
        "prodé",
        "test-prod",
    ],
)
def test_a_word_inside_another_or_a_contradiction_decides_nothing(name: str) -> None:
    found = recommend(name)
    assert (found.preset, found.confidence) == ("simple", 0.40)


@pytest.mark.parametrize(
    ("environ", "preset", "confidence", "variable"),
    [
        ({"ENVIRONMENT": "staging", "NODE_ENV": "development"}, "production", 0.90, "ENVIRONMENT"),
        (
            {"ENVIRONMENT": "development", "DEBUG": "false", "NODE_ENV": "production"},
            "development",
            0.95,
            "ENVIRONMENT",
        ),
        ({"NODE_ENV": "production", "DEBUG": "true"}, "production", 0.95, "NODE_ENV"),
        ({"FLASK_ENV": "development"}, "development", 0.95, "FLASK_ENV"),
        ({"APP_ENV": "live"}, "production", 0.85, "APP_ENV"),
        ({"ENV": "test"}, "development", 0.85, "ENV"),
        ({"DEPLOYMENT_ENV": "uat"}, "production", 0.70, "DEPLOYMENT_ENV"),
        ({"DJANGO_SETTINGS_MODULE": "shop.settings.production"}, "production", 0.75, "DJANGO_SETTINGS_MODULE"),
        ({"ENVIRONMENT": "blue", "NODE_ENV": "dev"}, "development", 0.90, "NODE_ENV"),
        ({"DEBUG": "1"}, "development", 0.70, "DEBUG"),
        ({"CI": "true"}, "development", 0.70, "CI"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "production", 0.70, "KUBERNETES_SERVICE_HOST"),
        ({"HOSTNAME": "web-prod-3"}, "production", 0.70, "HOSTNAME"),
        ({"REDIS_URL": "redis://:prod@localhost:6379"}, "development", 0.70, "REDIS_URL"),
        ({"DATABASE_URL": "postgresql://app:dev@db.prod.example.org/dev"}, "production", 0.70, "DATABASE_URL"),
    ],
)
def test_the_environment_is_read_in_order(
    environ: dict[str, str], preset: str, confidence: float, variable: str
) -> None:
    found = detect(environ)
    assert (found.preset, found.confidence) == (preset, confidence)
    assert found.reason.startswith(variable)


@pytest.mark.parametrize(
    "environ",
    [{}, {"DEBUG": "0", "CI": ""}, {"ENVIRONMENT": "latest"}, {"HOSTNAME": "domain"}, {"REDIS_URL": "redis://[prod"}],
)
def test_nothing_known_recommends_the_simple_preset(environ: dict[str, str]) -> None:
    assert (detect(environ).preset, detect(environ).confidence) == ("simple", 0.40)


def test_a_reason_never_repeats_a_value_that_may_be_secret() -> None:
    assert "hunter2" not in detect({"DATABASE_URL": "postgresql://prod:hunter2@prod-db/hunter2"}).reason
