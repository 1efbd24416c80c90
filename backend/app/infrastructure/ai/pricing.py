"""What a call costs, from the price table that ships with genai-prices."""

_PROVIDERS = {"gemini": "google"}


def price(provider: str, model: str, input_tokens: int, output_tokens: int) -> float | None:
    """Dollars for a call; None when the table does not know the model."""
    # Imported when first used: the table costs 0.3 s of start time, and nothing offline needs it.
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        return float(calc_price(usage, model, provider_id=_PROVIDERS.get(provider, provider)).total_price)
    except LookupError:
        return None
