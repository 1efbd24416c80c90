"""What the pages name is there: files, settings, routes, make targets, metrics."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import app
from app.api import internal, v1
from app.core.settings import Settings
from app.main import installed_domains
from scripts import reference
from scripts.docs import make_targets
from scripts.fork import upgrade
from scripts.one_file import tracked
from tests.docs.pages import DOCS, PAGES, ROOT, blocks, name
from tests.support.domains import trial
from tests.support.plain import plain_settings
from tests.support.service import Service

PACKAGE = Path(app.__file__).parent
INSTALLED = {domain.name for domain in installed_domains()}
FORMER = DOCS / "from-the-former-template.md"
ARCHITECTURE = (DOCS / "architecture.md").read_text()


def test_the_architecture_names_each_folder_of_the_package() -> None:
    packages = {init.parent.relative_to(PACKAGE) for init in PACKAGE.rglob("__init__.py")}
    own = {path for path in packages if path.parts[:1] != ("services",)} - {Path(), Path("infrastructure")}
    named = re.findall(r"^\| `([a-z0-9_/]+)/` \|", ARCHITECTURE.partition("## The package")[2], re.MULTILINE)
    assert set(named) == {path.as_posix() for path in own} | {"services"}


def test_the_architecture_names_each_folder_of_the_repository() -> None:
    folders = {path.partition("/")[0] for path in tracked(["."]) if "/" in path and not path.startswith(".")}
    named = re.findall(r"^\| `([a-z]+)/` \|", ARCHITECTURE.partition("## The package")[0], re.MULTILINE)
    assert set(named) == folders


def test_the_architecture_names_only_files_that_exist() -> None:
    for path in re.findall(r"`([a-z_0-9/]+/?(?:\.py)?)`", ARCHITECTURE):
        if path.endswith((".py", "/")):
            assert (ROOT / path).exists() or (PACKAGE / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_only_files_of_the_package_that_exist(page: Path) -> None:
    for path in re.findall(r"`(backend/app/(?!services/)[a-z_0-9/]+(?:\.py)?)`", page.read_text()):
        assert (ROOT / path).exists(), path


def present(page: Path) -> str:
    """What the page says of the present: the former template's names stand in the first column of its tables."""
    text = page.read_text()
    return re.sub(r"^\|[^|]*\|", "|", text, flags=re.MULTILINE) if page == FORMER else text


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_a_page_names_only_routes_that_exist(page: Path) -> None:
    settings = plain_settings()
    doors = v1.build(settings, [trial.DOMAIN, *installed_domains()]), internal.build(settings)
    routes = {getattr(route, "path", "") for door in doors for route in door.routes}
    for path in re.findall(
        r"`(?:GET |POST |PUT )?(/(?:v1/(?:<domain>|health|auth|text_processing)|internal|livez|readyz)[^` ]*)`",
        present(page),
    ):
        if path.startswith("/v1/text_processing") and "text_processing" not in INSTALLED:
            continue  # a fork has removed it, and may still say where it was
        exact = path.partition("?")[0].rstrip("/").replace("<domain>", "trial")
        assert any(f"{route}/".startswith(f"{exact}/") for route in routes), path


def test_the_former_template_page_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", present(FORMER)))
    assert named <= {field.upper() for field in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_only_make_targets_that_exist(page: Path) -> None:
    lines = re.findall(r"(?:^ *|`)make ((?:[a-z0-9-]+ ?)+)", page.read_text(), re.MULTILINE)
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {target for line in lines for target in line.split()} <= {
        target for line in phony for target in line.split()
    }


def test_the_page_of_targets_lists_what_make_help_lists() -> None:
    listed = [target for _, targets in make_targets.sections() for target, _ in targets]
    makefile = (ROOT / "Makefile").read_text()
    documented = re.findall(r"^([a-z][a-z0-9 -]*):[^=\n]*##", makefile, re.MULTILINE)
    assert listed == [target for line in documented for target in line.split()]


def test_the_page_of_metrics_lists_what_a_service_shows(service: Service) -> None:
    page = (DOCS / "reference/metrics.md").read_text()
    shown = text_string_to_metric_families(service.operator.get("/internal/metrics").text)
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in shown
        if not family.name.endswith("_created")
    }
    assert names
    assert names == set(re.findall(r"^\| `([a-z_]+)`", page, re.MULTILINE))


def first_json(page: str) -> Any:
    [block, *_] = [block for block in blocks(DOCS / page) if block.language == "json"]
    return json.loads(block.text)


def test_the_error_that_is_shown_is_the_one_that_is_sent(service: Service) -> None:
    shown = first_json("errors.md")["error"]
    sent = service.process_text(options={"max_length": 5}).json()["error"]
    assert list(shown) == list(sent)
    assert {**shown, "request_id": "", "details": [{**shown["details"][0], "msg": ""}]} == {
        **sent,
        "request_id": "",
        "details": [{**sent["details"][0], "msg": ""}],
    }


def test_the_overview_that_is_shown_has_the_fields_of_the_one_that_is_sent(service: Service) -> None:
    shown = first_json("operators.md")
    sent = service.operator.get("/internal/monitoring/overview").json()
    assert set(shown) <= set(sent)
    assert set(shown["last_minute"]) <= set(sent["last_minute"])


def test_an_upgrade_leaves_out_exactly_the_pages_that_are_made_from_the_code() -> None:
    made = set(reference.pages())
    assert all(path.startswith(upgrade.GENERATED) for path in made)
    assert {path for prefix in upgrade.GENERATED for path in made if path.startswith(prefix)} == made
    assert {f"docs/reference/{path.name}" for path in (DOCS / "reference").iterdir()} <= made
