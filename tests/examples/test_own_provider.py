"""A provider of one's own is chosen by AI_MODEL; what is wrong with it is said at start."""

from pathlib import Path

import pytest

from app.infrastructure.ai.providers import choose
from tests.examples.programs import ROOT, environment, run
from tests.support.plain import plain_settings

LEGACY = "examples.providers.legacy_gemini:gemini-2.5-flash"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("examples.providers.nowhere:any", "AI_MODEL: No module named 'examples.providers.nowhere'"),
        ("examples.infrastructure:any", "AI_MODEL: module 'examples.infrastructure' has no attribute 'open_provider'"),
        (LEGACY, f"AI_MODEL={LEGACY} needs GEMINI_API_KEY, which is not set."),
    ],
)
def test_a_provider_that_cannot_be_opened_is_named_at_start(model: str, words: str, tmp_path: Path) -> None:
    done = run("-m", "app", "serve", cwd=tmp_path, **environment(AI_MODEL=model, PYTHONPATH=str(ROOT)))
    assert done.returncode != 0
    assert words in done.stderr


def test_it_stands_in_the_chain_beside_the_others() -> None:
    settings = plain_settings(ai_model=LEGACY, ai_fallback_models=("offline",), gemini_api_key="test-key")
    assert [(one.name, one.model) for one in choose(settings)] == [("legacy-gemini", LEGACY), ("offline", "offline")]
