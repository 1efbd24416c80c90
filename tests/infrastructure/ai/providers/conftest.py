"""Calls that may fail, whole and streamed, and a model that answers oddly."""

from collections.abc import Callable, Iterator

import pytest

from app.core.settings import ModelSettings
from app.infrastructure.ai.providers import Hosted
from app.infrastructure.ai.question import Completion
from tests.infrastructure.ai.helpers import prompt, settings
from tests.infrastructure.ai.providers.odd_model import OddModel


@pytest.fixture(params=[False, True], ids=["complete", "stream"])
def streamed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="session")
def odd() -> Iterator[OddModel]:
    with OddModel() as model:
        yield model


@pytest.fixture
async def asked(odd: OddModel, open_hosted: Callable[[ModelSettings], Hosted]) -> Hosted:
    """The odd model as a provider."""
    return open_hosted(settings(**odd.env))


async def answer(hosted: Hosted, streamed: bool) -> Completion:
    """The whole answer, however it comes."""
    if not streamed:
        return await hosted.complete(prompt())
    deltas = [delta async for delta in hosted.stream(prompt())]
    usage = deltas[-1].usage
    assert usage is not None
    return Completion("".join(delta.text for delta in deltas), usage, deltas[-1].model)
