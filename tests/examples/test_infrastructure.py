"""`examples/infrastructure.py`."""

from pathlib import Path

from tests.examples.programs import EXAMPLES, environment, run
from tests.support.model_server import ModelServer

PROGRAM = EXAMPLES / "infrastructure.py"


def test_the_second_answer_comes_out_of_the_cache(tmp_path: Path) -> None:
    done = run(PROGRAM, cwd=tmp_path, **environment())
    assert done.stdout.splitlines() == ["9 offline", "9 cache", "{'l1': 1} closed"]


def test_a_model_is_asked_once(model: ModelServer, tmp_path: Path) -> None:
    model.behave(text='{"answer": 7}')
    done = run(PROGRAM, cwd=tmp_path, **environment(**model.openai_env()))
    assert done.stdout.splitlines()[:2] == ["7 model", "7 cache"], done.stderr
    assert len(model.calls()) == 1
