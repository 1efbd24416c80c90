"""What the house promises about itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from app.api import internal, v1
from app.cli.doctor import route_decisions, settings_read
from app.core.settings import Settings
from app.main import create_app, installed_domains
from tests.support.live import client_of
from tests.support.plain import plain_settings
from tests.support.service import ADMIN_KEY

ROOT = Path(__file__).parents[2]
SOURCE = Path(app.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = (
    "alembic",
    "anthropic",
    "genai_prices",
    "google.genai",
    "numpy",
    "openai",
    "opentelemetry.sdk",
    "pydantic_ai",
    "redis",
    "rich",
    "tenacity",
    "typer",
    "vaderSentiment",
)


def test_the_house_stands_without_domains() -> None:
    with client_of(create_app(plain_settings(), domains=[]), ADMIN_KEY) as client:
        for path in ("/", "/livez", "/readyz", "/v1/health", "/v1/auth/status", "/openapi.json"):
            assert client.get(path).status_code == 200, path
        for path in (
            "/internal/",
            "/internal/fleet",
            "/internal/metrics",
            "/internal/cache/status",
            "/internal/openapi.json",
        ):
            assert client.get(path).status_code == 200, path
        assert client.get("/v1/").json()["domains"] == []
        assert "make new-service" in client.get("/v1/").json()["hint"]
        assert "make new-service" in client.get("/openapi.json").json()["info"]["description"]
        assert client.get("/internal/resilience/circuit-breakers").json()["policies"] == {}


def test_infrastructure_knows_no_name_of_a_domain_or_an_operation() -> None:
    names = {domain.name for domain in installed_domains()}
    names |= {name.partition(".")[2] for domain in installed_domains() for name in domain.operations}
    # Names that are also words of the field stand in text of their own; as strings they may not.
    for path in (SOURCE / "infrastructure").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in names, f"{path}:{node.lineno} says {node.value!r}"


def test_every_setting_acts_somewhere() -> None:
    assert [name for name, modules in settings_read().items() if not modules] == []


def test_every_documented_setting_exists_and_every_setting_is_documented() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) == {name.upper() for name in Settings.model_fields}


def test_every_route_of_both_doors_has_a_decision() -> None:
    settings = plain_settings()
    for door in (v1.build(settings, installed_domains()), internal.build(settings)):
        undecided = [path for _, path, who in route_decisions(door) if who is None]
        assert undecided == []


def test_the_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.reference", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_importing_the_app_imports_nothing_heavy() -> None:
    code = "import sys, app.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "app.main" in loaded
    assert [name for name in loaded if any(name == heavy or name.startswith(f"{heavy}.") for heavy in HEAVY)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def calls_at_import(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            yield ast.unparse(node.value.func)


def test_nothing_is_opened_at_import() -> None:
    opened = {"Settings", "FastAPI", "create_app", "open_resources", "Redis", "Redis.from_url", "AsyncClient", "Client"}
    for path in FILES:
        found = set(calls_at_import(ast.parse(path.read_text(encoding="utf-8"))))
        assert not found & opened, path


def test_middleware_is_plain_asgi() -> None:
    assert [path for path in FILES if re.search(r"\bBaseHTTPMiddleware\b", path.read_text(encoding="utf-8"))] == []


def test_every_package_has_a_face_of_a_few_names() -> None:
    for path in SOURCE.rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path


def test_the_example_of_an_environment_fits_a_screen() -> None:
    assert len((ROOT / ".env.example").read_text().splitlines()) <= 60
