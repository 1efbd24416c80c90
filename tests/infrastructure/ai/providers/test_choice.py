from typing import Any

import pytest

from app.infrastructure.ai.pricing import price
from app.infrastructure.ai.providers import choose
from app.infrastructure.ai.providers.choice import DEFAULTS
from tests.infrastructure.ai.helpers import settings


def chosen(**given: Any) -> list[str]:
    return [provider.model for provider in choose(settings(**given))]


def test_nothing_set_means_offline() -> None:
    assert chosen() == ["offline"]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gemini-2.5-flash", "gemini:gemini-2.5-flash"),
        ("google:gemini-2.5-flash", "gemini:gemini-2.5-flash"),
        ("gemini:gemini-2.5-flash", "gemini:gemini-2.5-flash"),
        ("openai:llama3.2:3b", "openai:llama3.2:3b"),
        ("anthropic:claude-haiku-4-5", "anthropic:claude-haiku-4-5"),
        ("offline", "offline"),
    ],
)
def test_a_model_is_named_by_provider_and_model(model: str, name: str) -> None:
    assert chosen(ai_model=model, gemini_api_key="k", openai_api_key="k", anthropic_api_key="k") == [name]


def test_an_empty_model_takes_the_first_provider_that_has_a_key() -> None:
    keys = {"gemini_api_key": "k", "openai_api_key": "k", "anthropic_api_key": "k"}
    names = []
    while keys:
        names += chosen(**keys)
        keys.pop(next(iter(keys)))
    assert names == [f"{host}:{model}" for host, model in DEFAULTS.items()]


def test_an_openai_compatible_server_needs_no_key() -> None:
    assert chosen(openai_base_url="http://127.0.0.1:1/v1") == [f"openai:{DEFAULTS['openai']}"]
    assert chosen(openai_base_url="http://127.0.0.1:1/v1", ai_model="openai:llama3") == ["openai:llama3"]


def test_an_empty_key_counts_as_none() -> None:
    assert chosen(gemini_api_key="", openai_api_key=" ") == ["offline"]


def test_fallback_models_follow_in_order() -> None:
    names = chosen(gemini_api_key="k", ai_fallback_models=("gemini-2.5-pro", "offline"))
    assert names == [f"gemini:{DEFAULTS['gemini']}", "gemini:gemini-2.5-pro", "offline"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ai_model": "gemini-2.5-flash"}, ["AI_MODEL", "GEMINI_API_KEY"]),
        ({"ai_model": "openai:gpt-4o-mini"}, ["AI_MODEL", "OPENAI_API_KEY"]),
        ({"ai_fallback_models": ("anthropic:claude-haiku-4-5",)}, ["AI_FALLBACK_MODELS", "ANTHROPIC_API_KEY"]),
        ({"ai_model": "mistral:small"}, ["'mistral'", "gemini", "openai", "anthropic", "offline"]),
        ({"ai_model": "openai", "openai_api_key": "k"}, ["names no model", "openai:"]),
    ],
)
def test_what_cannot_be_followed_names_the_setting(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ValueError, match=words[0]) as caught:
        chosen(**given)
    assert all(word in str(caught.value) for word in words)


def test_a_provider_does_not_print_its_key() -> None:
    [provider] = choose(settings(gemini_api_key="sesame-open"))
    assert "sesame-open" not in f"{provider!r} {provider} {vars(provider)}"


def test_the_default_models_have_a_price() -> None:
    assert all(price(host, model, 1, 1) for host, model in DEFAULTS.items())
