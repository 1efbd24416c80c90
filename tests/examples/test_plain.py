"""`examples/clients/plain.py`."""

from pathlib import Path

from tests.examples.programs import EXAMPLES, environment, run
from tests.support.service import TEXT, Service

PLAIN = EXAMPLES / "clients/plain.py"


def test_it_prints_the_summary_alone_on_standard_output(product: Service, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(TEXT, encoding="utf-8")
    done = run(PLAIN, "notes.txt", cwd=tmp_path, **environment(product))
    wanted = product.client.post(
        "/v1/text_processing/process", json={"operation": "summarize", "text": TEXT, "options": {"max_length": 40}}
    )
    assert (done.returncode, done.stdout) == (0, f"{wanted.json()['result']}\n")
    assert done.stderr.startswith("offline in ")


def test_it_ends_with_the_words_of_a_refusal(product: Service, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(TEXT, encoding="utf-8")
    done = run(PLAIN, "notes.txt", cwd=tmp_path, **environment(product, API_KEY="nobodys"))
    assert done.returncode == 1
    assert done.stderr.startswith("401 unknown_key: This API key is not known here. (request ")
