"""`examples/services/tickets`: two folders are copied into a copy of the tree, every surface knows the domain, and when
they are deleted nothing of it is left."""

import hashlib
import json
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.programs import EXAMPLES, ROOT, environment, run
from tests.support.service import Service
from tests.support.traffic import metric

NEW = {"backend/app/services/tickets": "services/tickets", "tests/services/tickets": "services/tests/tickets"}
LABELS = ["Billing: invoice, charge, refund", "Account: login, password", "Other"]
TICKET = "We were charged twice for the March invoice. Please refund one of them."


def copy_of_the_tree(folder: Path) -> Path:
    """A copy, and an environment in which `app` is the copy's."""
    for part in ("backend", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for place in NEW:
        shutil.rmtree(folder / place, ignore_errors=True)  # a fork may have taken it over
    shutil.copy(ROOT / "pyproject.toml", folder)
    venv.create(folder / ".venv", symlinks=True)
    home = dict.fromkeys(("base", "platbase"), str(folder / ".venv"))
    paths = f"{folder / 'backend'}\n{sysconfig.get_path('purelib')}\n"
    Path(sysconfig.get_path("purelib", vars=home), "fork.pth").write_text(paths, encoding="utf-8")
    return folder


def install(fork: Path) -> None:
    for place, example in NEW.items():
        shutil.copytree(EXAMPLES / example, fork / place, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_tree(tmp_path_factory.mktemp("fork"))


@pytest.fixture(scope="module")
def before(fork: Path) -> dict[str, str]:
    return digests(fork)


@pytest.fixture(scope="module")
def installed(fork: Path, before: dict[str, str]) -> Path:
    """The copy with the domain in it."""
    install(fork)
    return fork


@pytest.fixture(scope="module")
def service(installed: Path) -> Iterator[Service]:
    with Service(product=True, python=str(python(installed)), PYTHONPATH="") as running:
        yield running


def python(fork: Path) -> Path:
    return fork / ".venv/bin/python"


def digests(fork: Path) -> dict[str, str]:
    """Every source file's hash."""
    files = [path for part in ("backend", "tests") for path in (fork / part).rglob("*.py")]
    return {str(path.relative_to(fork)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def command(fork: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "app", *arguments, cwd=fork, python=python(fork), **environment(**variables))


def test_it_touches_two_folders_and_no_other_file(installed: Path, before: dict[str, str], service: Service) -> None:
    after = digests(installed)
    assert {path: after.get(path) for path in before} == before
    assert all(path.startswith(tuple(f"{place}/" for place in NEW)) for path in after.keys() - before.keys())


def test_it_answers_below_its_own_name(service: Service) -> None:
    body = {"operation": "classify", "text": TICKET, "options": {"labels": LABELS}}
    replies = [service.client.post("/v1/tickets/process", json=body) for _ in range(2)]
    assert replies[0].json()["result"]["label"] == "Billing"
    assert [reply.headers["x-cache"] for reply in replies] == ["miss", "hit"]


def test_it_is_in_the_documents(service: Service) -> None:
    document = service.anonymous.get("/openapi.json").json()
    assert {path for path in document["paths"] if path.startswith("/v1/tickets/")} == {
        f"/v1/tickets/{route}"
        for route in (
            "process",
            "stream",
            "batch_process",
            "batch_status/{batch_id}",
            "operations",
            "health",
            "queue",
        )
    }
    assert {"ClassifyRequest", "ClassifyReply", "ClassifyOptions", "Inbox", "Queue"} <= set(
        document["components"]["schemas"]
    )


def test_its_form_has_what_a_front_end_draws(service: Service) -> None:
    (card,) = service.anonymous.get("/v1/tickets/operations").json()["operations"]
    labels = card["options_schema"]["properties"]["labels"]
    assert (card["id"], card["works_offline"]) == ("classify", True)
    assert (labels["type"], labels["items"]["type"], labels["minItems"], labels["maxItems"]) == (
        "array",
        "string",
        2,
        20,
    )
    assert set(card["result_schema"]["properties"]) == {"label", "urgency", "confidence", "reason"}


def test_it_has_a_policy_and_is_counted(service: Service) -> None:
    (found,) = service.operator.get("/internal/resilience/config").json()["instances"].values()
    config = found["policies"]["tickets.classify"]
    assert (config["strategy"], config["strategy_origin"]) == ("aggressive", "operation")
    body = {"labels": LABELS, "tickets": [{"id": "1", "text": f"{TICKET} Twice."}]}
    before = metric(service, "llm_requests_total", operation="tickets.classify", outcome="success")
    assert service.client.post("/v1/tickets/queue", json=body).status_code == 200
    assert metric(service, "llm_requests_total", operation="tickets.classify", outcome="success") == before + 1
    assert metric(service, "http_requests_total", route="/v1/tickets/queue", status="200") == 1


def test_it_is_on_the_command_line(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "ticket.txt").write_text(TICKET, encoding="utf-8")
    flags = [part for label in LABELS for part in ("--labels", label)]
    done = command(installed, "run", "classify", *flags, "--json", str(tmp_path / "ticket.txt"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["urgency"] == "high"
    assert "classify" in command(installed, "operations").stdout


def test_the_doctor_finds_it_wired(installed: Path) -> None:
    done = command(installed, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/v1/tickets/queue" in done.stdout


def test_its_own_tests_pass_where_they_are_copied_to(installed: Path) -> None:
    plain = environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    arguments = ["-q", "-p", "no:cacheprovider", "tests/services/tickets"]
    done = run("-m", "pytest", *arguments, cwd=installed, python=python(installed), **plain)
    assert done.returncode == 0, done.stdout[-3000:]


def test_once_deleted_it_is_gone(tmp_path: Path) -> None:
    fork = copy_of_the_tree(tmp_path)
    before = digests(fork)
    install(fork)
    assert "classify" in command(fork, "operations").stdout
    for place in NEW:
        shutil.rmtree(fork / place)
    assert digests(fork) == before
    assert "classify" not in command(fork, "operations").stdout
    assert "tickets" not in command(fork, "doctor").stdout
    with Service(product=True, python=str(python(fork)), PYTHONPATH="") as service:
        assert service.client.get("/v1/tickets/operations").status_code == 404
