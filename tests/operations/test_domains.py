"""Domains made of operations: one operation, none, names that domains share, and routes of their own."""

from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest
import typer
from fastapi import APIRouter
from typer.testing import CliRunner

from app.core.domain import Domain
from app.deps import Open
from app.operations import domain_of
from scripts.fork.writing import words, written
from tests.support.live import running
from tests.support.service import TEXT

Made = Callable[..., Domain]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """`made("letters", "digest")`: a domain with those operations."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, *operations: str, router: APIRouter | None = None) -> Domain:
        package = f"{name}_of_{tmp_path.name}"  # a name of its own, because modules stay loaded
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        for operation in operations:
            source = written("operation.py.txt", **words(operation) | {"sentence": f"A digest of {name}"})
            (tmp_path / package / f"{operation}.py").write_text(source, encoding="utf-8")
        invalidate_caches()
        return domain_of(name, import_module(package), router=router)

    return make


def test_a_domain_may_have_one_operation(made: Made) -> None:
    with running(domains=[made("letters", "digest")]) as client:
        good, bad = {"operation": "digest", "text": TEXT}, {"operation": "digest", "text": "short"}
        assert client.post("/v1/letters/process", json=good).json()["source"] == "offline"
        batch = client.post("/v1/letters/batch_process", json={"requests": [good, bad]}).json()
        assert [item["status"] for item in batch["results"]] == ["completed", "failed"]
        single = client.post("/v1/letters/process", json=bad).json()["error"]
        assert (batch["results"][1]["error"]["param"], single["param"]) == ("text", "text")


def test_a_folder_without_an_operation_is_no_domain(made: Made) -> None:
    with pytest.raises(ValueError, match="holds no operation"):
        made("letters")


def test_domains_may_share_the_name_of_an_operation(made: Made) -> None:
    domains = [made("invoices", "digest"), made("letters", "digest")]
    with running(domains=domains) as client:
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        assert {f"app__operations__shapes__{one}__DigestRequest" for one in ("invoices", "letters")} <= set(schemas)
        for one in ("invoices", "letters"):
            body = {"operation": "digest", "text": f"{TEXT} Said in {one}."}
            assert client.post(f"/v1/{one}/process", json=body).status_code == 200


def test_a_batch_belongs_to_its_domain(made: Made) -> None:
    batch = {"requests": [{"operation": "digest", "text": TEXT}], "batch_id": "mine"}
    with running(domains=[made("invoices", "digest"), made("letters", "digest")]) as client:
        assert client.post("/v1/letters/batch_process", json=batch).status_code == 200
        assert client.get("/v1/letters/batch_status/mine").status_code == 200
        assert client.get("/v1/invoices/batch_status/mine").status_code == 404


def test_the_command_line_calls_the_second_of_a_name_in_full(made: Made) -> None:
    cli = typer.Typer()
    for domain in (made("invoices", "digest"), made("letters", "digest")):
        assert domain.add_commands is not None
        domain.add_commands(cli)
    cli.command("another")(lambda: None)  # typer lifts the only command of a command line
    for name in ("digest", "letters.digest"):
        done = CliRunner().invoke(cli, ["run", name, "--json"], input=TEXT, env={"TERM": "dumb", "AI_MODEL": None})
        assert '"source": "offline"' in done.output


def test_routes_of_its_own_stand_beside_the_common_ones(made: Made) -> None:
    router = APIRouter(prefix="/v1/letters")

    @router.get("/senders")
    async def senders(resources: Open) -> list[str]:
        return ["the library"]

    with running(domains=[made("letters", "digest", router=router)]) as client:
        assert client.get("/v1/letters/senders").json() == ["the library"]
        assert client.get("/v1/letters/operations").json()["operations"][0]["id"] == "digest"
