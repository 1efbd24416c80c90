"""Both OpenAPI documents, turned into requests by schemathesis, as every kind of caller; the seed is fixed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.doors import documents
from tests.support.live import running
from tests.support.service import ADMIN_KEY, API_KEY

CALLERS = {"nobody": None, "wrong key": "a-key-that-nobody-has", "client": API_KEY, "operator": ADMIN_KEY}
ADMITTED = {("public", "client"), ("public", "operator"), ("internal", "operator")}
# Ten refused keys a minute are 401 and more of them 429: test_access_matrix.py checks who is let in.
NOT_ASKED = "ignored_auth"
REFUSED = ["--phases", "coverage", "--mode", "positive"]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with running(None, domains=None, max_batch_requests_per_call=200) as client:
        yield client


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("door", ["public", "internal"])
def test_every_answer_keeps_to_the_document(client: httpx2.Client, door: str, caller: str, tmp_path: Path) -> None:
    key = CALLERS[caller]
    admitted = (door, caller) in ADMITTED
    options = ["--header", f"Authorization: Bearer {key}"] if key else []
    options += ["--exclude-checks", NOT_ASKED if admitted else f"{NOT_ASKED},positive_data_acceptance"]
    options += ["--phases", "examples,coverage,fuzzing", "--max-examples", "3"] if admitted else REFUSED
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(documents()[door]), encoding="utf-8")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "--config-file", Path(__file__).with_name("schemathesis.toml")),
            *("run", document, "--url", str(client.base_url).rstrip("/")),
            *("--generation-deterministic", "--generation-with-security-parameters=false", "--no-shrink"),
            *("--no-color", "--suppress-health-check", "all"),
            *options,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None
    assert int(found[1]) > 100
