"""`examples/clients/folder.py`: nothing is lost and nothing is paid twice, wherever a run is stopped."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.examples.programs import EXAMPLES, environment, run
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.traffic import new_text

FOLDER = EXAMPLES / "clients/folder.py"
RESULTS = "summaries.jsonl"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    for number in range(6):
        (tmp_path / f"texts/{number}.txt").write_text(new_text(), encoding="utf-8")
    return tmp_path


def results(folder: Path) -> list[dict[str, Any]]:
    file = folder / RESULTS
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def go(folder: Path, service: Service) -> subprocess.CompletedProcess[str]:
    return run(FOLDER, "texts", RESULTS, cwd=folder, **environment(service))


def answered(model: ModelServer, folder: Path) -> Counter[str]:
    """How many whole answers the model gave about each file."""
    calls = [json.dumps(call["body"]) for call in model.calls() if not call["disconnected"]]
    files = {path.name: path.read_text(encoding="utf-8") for path in (folder / "texts").iterdir()}
    return Counter(name for name, text in files.items() for call in calls if text in call)


async def test_after_a_kill_it_goes_on_and_no_file_is_paid_twice(
    hosted_product: Service, model: ModelServer, texts: Path
) -> None:
    for number in range(3):
        text = (texts / f"texts/{number}.txt").read_text(encoding="utf-8")
        hosted_product.client.post("/v1/text_processing/process", json={"operation": "summarize", "text": text})
    model.behave(stall_after=0)  # three files are answered out of the cache, the others hang
    command = [sys.executable, FOLDER, "texts", RESULTS]
    with subprocess.Popen(command, cwd=texts, env=environment(hosted_product), stdout=subprocess.DEVNULL) as process:
        await eventually(lambda: len(results(texts)) == 3 and len(model.calls()) == 6, within=20)
        process.kill()
    model.behave()
    await eventually(lambda: sum(call["disconnected"] for call in model.calls()) == 3)
    done = go(texts, hosted_product)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "6 files, 3 done before")
    assert sorted(one["file"] for one in results(texts)) == [f"{number}.txt" for number in range(6)]
    assert answered(model, texts) == {f"{number}.txt": 1 for number in range(6)}


def test_a_run_with_nothing_left_asks_nothing(hosted_product: Service, model: ModelServer, texts: Path) -> None:
    go(texts, hosted_product)
    before, asked = results(texts), len(model.calls())
    assert go(texts, hosted_product).stdout.splitlines()[0] == "6 files, 6 done before"
    assert (results(texts), len(model.calls())) == (before, asked)


def test_half_a_line_is_cut_off_and_its_file_done_again(product: Service, texts: Path) -> None:
    go(texts, product)
    file = texts / RESULTS
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert go(texts, product).stdout.splitlines()[0] == "6 files, 5 done before"
    assert len(results(texts)) == 6


def test_a_file_that_has_changed_is_asked_about_again(product: Service, texts: Path) -> None:
    go(texts, product)
    (texts / "texts/2.txt").write_text(new_text(), encoding="utf-8")
    go(texts, product)
    assert [one["file"] for one in results(texts)[6:]] == ["2.txt"]


def test_a_file_that_fails_is_named_and_left_for_the_next_run(product: Service, texts: Path) -> None:
    (texts / "texts/4.txt").write_text("short", encoding="utf-8")
    (texts / "texts/5.txt").write_bytes(b"\xff is no UTF-8, whatever follows it.")
    done = go(texts, product)
    assert (done.returncode, done.stderr) == (1, "2 files failed; run again to try them again\n")
    assert "4.txt: text: String should have at least 10 characters" in done.stdout
    assert "5.txt: 'utf-8' codec" in done.stdout
    assert len(results(texts)) == 4


def test_without_a_service_it_says_so_and_keeps_what_it_has(product: Service, texts: Path) -> None:
    gone = environment(product, API_URL="http://127.0.0.1:1")
    done = run(FOLDER, "texts", RESULTS, cwd=texts, **gone)
    assert (done.returncode, done.stderr) == (1, "http://127.0.0.1:1 cannot be reached; run again to go on\n")
