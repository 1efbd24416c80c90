import pytest

from app.infrastructure.ai.pricing import price


@pytest.mark.parametrize(
    ("provider", "model"),
    [("gemini", "gemini-2.5-flash"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-haiku-4-5")],
)
def test_output_tokens_of_a_known_model_cost_more_than_input_tokens(provider: str, model: str) -> None:
    reading, writing = price(provider, model, 1000, 0), price(provider, model, 0, 1000)
    assert reading is not None
    assert writing is not None
    assert 0 < reading < writing


@pytest.mark.parametrize(("provider", "model"), [("openai", "no-such-model"), ("nobody", "gpt-4o-mini")])
def test_an_unknown_model_has_no_price_rather_than_none_to_pay(provider: str, model: str) -> None:
    assert price(provider, model, 1000, 1000) is None
