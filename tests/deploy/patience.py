"""How long things may take that a proxy must wait for."""

import math

from app.core.settings import Settings


def longest_batch(settings: Settings) -> float:
    """Seconds of a whole batch whose calls all take as long as they may."""
    rounds = math.ceil(settings.max_batch_requests_per_call / settings.batch_ai_concurrency_limit)
    return rounds * settings.ai_total_timeout
