"""The images: what goes in, what they promise, and that their commands work when they are carried out."""

import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.deploy.dockerfile import ROOT, Image, context, copied, instructions, read_only, stages
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.service import API_KEY

FOLDERS = [ROOT / "backend", ROOT / "frontend"]
each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
STARTS_WITHIN = 60
ENDED_WELL = (0, -signal.SIGTERM)
"""When all is done, the server ends by the signal that it was sent."""


@each
def test_the_context_holds_the_sources_what_they_show_and_the_locks_and_nothing_else(folder: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=folder, capture_output=True, text=True, check=True)
    sources = {name for name in listed.stdout.split() if (folder / name).exists()}
    sent = context(folder)
    assert sources <= sent
    others = {name for name in sent if not re.fullmatch(r"(app/.+|.+\.py|\.streamlit/config\.toml)", name)}
    locks = {path.name for path in folder.glob("*.lock")} - {"requirements-dev.lock"}
    icons = {path.name for path in folder.glob("*.svg")}
    assert others == locks | icons
    assert all(re.search(rf"\b{icon}\b", (folder / "app.py").read_text()) for icon in icons)
    assert not any(re.search(r"(^|/)(\.venv|__pycache__|\.env)", name) for name in sent)


@each
def test_every_copy_finds_its_source_in_the_context(folder: Path) -> None:
    for one in instructions(folder / "Dockerfile"):
        if one.word == "COPY" and "from" not in one.flags:
            for source in one.arguments[:-1]:
                assert copied(context(folder), source), source


@each
def test_the_base_is_pinned_and_the_tools_stay_behind(folder: Path) -> None:
    [version] = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    build, final = stages(folder / "Dockerfile")
    assert [one.text for one in build if one.text.startswith("UV_VERSION")] == [f"UV_VERSION={version}"]
    assert build[0].text.startswith("PYTHON=3.")
    assert {one.text.split()[0] for stage in (build, final) for one in stage if one.word == "FROM"} == {
        "python:${PYTHON}"
    }
    assert [one for one in final if one.word == "RUN"] == []
    assert not re.search(r"apt|apk|gcc", (folder / "Dockerfile").read_text())


@each
def test_the_packages_are_cached_where_the_cache_is_mounted(folder: Path) -> None:
    build, _ = stages(folder / "Dockerfile")
    set_to = {pair for one in build if one.word == "ENV" for pair in one.arguments}
    [mount] = [one.flags["mount"].split(",") for one in build if "mount" in one.flags]
    assert {"type=cache", "target=/cache"} <= set(mount)
    assert "UV_CACHE_DIR=/cache" in set_to


@each
def test_it_runs_as_nobody_in_particular_and_hears_signals(folder: Path) -> None:
    final = {one.word: one for one in stages(folder / "Dockerfile")[-1]}
    assert final["USER"].text == "10001:10001"
    assert final["CMD"].text.startswith("[")  # a shell would keep SIGTERM to itself
    assert final["HEALTHCHECK"].text.startswith("CMD [")


@pytest.fixture(scope="module")
def backend() -> Iterator[Image]:
    yield from built(ROOT / "backend")


@pytest.fixture(scope="module")
def frontend() -> Iterator[Image]:
    yield from built(ROOT / "frontend")


def built(folder: Path) -> Iterator[Image]:
    with tempfile.TemporaryDirectory(prefix="gatehouse-image-") as place:
        Path(place).chmod(0o755)
        image = Image(folder, Path(place) / "image")
        with read_only(image.root):
            yield image


async def test_the_backend_serves_drains_and_ends_well(backend: Image) -> None:
    port = {"BACKEND_PORT": str(free_port())}
    url = f"http://127.0.0.1:{port['BACKEND_PORT']}"
    assert not backend.healthy(**port)
    with backend.running(ENVIRONMENT="production", API_KEY=API_KEY, **port) as process:
        await eventually(lambda: backend.healthy(**port), within=STARTS_WITHIN)
        assert httpx2.get(f"{url}/v1/health", trust_env=False).json()["status"] == "healthy"
        process.send_signal(signal.SIGTERM)
        await eventually(lambda: not backend.healthy(**port))
        assert process.poll() is None
        assert process.wait(40) in ENDED_WELL


def test_the_front_end_has_all_that_its_first_page_imports(frontend: Image) -> None:
    page = "AppTest.from_file('app.py', default_timeout=60).run()"
    program = f"from streamlit.testing.v1 import AppTest; raise SystemExit(bool({page}.exception))"
    with frontend.running(["python", "-c", program], API_URL=f"http://127.0.0.1:{free_port()}") as process:
        assert process.wait(60) == 0


async def test_the_front_end_serves_and_ends_well(frontend: Image) -> None:
    port = str(free_port())
    assert not frontend.healthy(STREAMLIT_SERVER_PORT=port)
    with frontend.running(STREAMLIT_SERVER_PORT=port) as process:
        await eventually(lambda: frontend.healthy(STREAMLIT_SERVER_PORT=port), within=STARTS_WITHIN)
        page = httpx2.get(f"http://127.0.0.1:{port}/", trust_env=False)
        assert page.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in ENDED_WELL


@pytest.mark.parametrize("name", ["backend", "frontend"])
def test_nothing_of_the_build_is_left(name: str, request: pytest.FixtureRequest) -> None:
    image: Image = request.getfixturevalue(name)
    assert sorted(path.name for path in image.root.iterdir()) == ["opt", "srv", "tmp", "usr"]
    assert not (image.root / "opt/venv/bin/uv").exists()
