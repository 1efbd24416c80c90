"""What infra/terraform gives Cloud Run makes two services and a Redis with TLS into one fleet."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
import pytest
import redis
from anyio.from_thread import start_blocking_portal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.hcl import TERRAFORM, folder
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.proxy import Proxy
from tests.support.service import ADMIN_KEY, API_KEY, PASSED_ON
from tests.support.valkey import valkey_server

PASSWORD = "memorystore-4f8d0c"
MODULE = TERRAFORM / "modules/gcp/service"


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    subject: str, public: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePrivateKey, *, authority: bool
) -> bytes:
    """As Memorystore makes them: an authority for one instance, and a certificate that names no host."""
    made = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named("authority"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, authority, authority, False, False), critical=True
        )
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


class TlsProxy(Proxy):
    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port)
        self._tls = tls

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    """Where a Redis with a password is reached by TLS; its authority is in `ca.pem`."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ca.pem").write_bytes(certificate("authority", authority.public_key(), authority, authority=True))
    (tmp_path / "server.pem").write_bytes(certificate("127.0.0.1", server.public_key(), authority, authority=False))
    kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "server.key").write_bytes(server.private_bytes(serialization.Encoding.PEM, kind, plain))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with valkey_server() as valkey, start_blocking_portal() as portal, redis.Redis.from_url(valkey.url) as client:
        client.config_set("requirepass", PASSWORD)
        proxy = TlsProxy(valkey.port, tls)
        portal.call(proxy.open)
        yield proxy.port
        portal.call(proxy.cut)
        client.config_set("requirepass", "")


def redis_url(port: int, authority: Path) -> str:
    """The address as the module writes it, with what Memorystore would say filled in."""
    here = folder(MODULE)
    url: str = here.typed("resource")["google_secret_manager_secret_version"]["redis_url"]["secret_data"]
    query = "&".join(["ssl_ca_certs=${local.redis_ca_folder}/ca.pem", "ssl_check_hostname=false"])
    assert all(part in here.locals["redis_query"] for part in query.split("&"))
    known = {
        "${google_redis_instance.this.auth_string}": PASSWORD,
        "${local.redis_address}": f"127.0.0.1:{port}",
        "${local.redis_query}": query,
        "${local.redis_ca_folder}": str(authority),
    }
    for expression, value in known.items():
        url = url.replace(expression, value)
    assert "${" not in url
    return url


@contextmanager
def door(name: str, url: str, log: Path) -> Iterator[httpx2.Client]:
    """The process that Cloud Run would start for a service of the module, and a client with the operators' key."""
    here = folder(MODULE)
    port = free_port()
    keys = {"API_KEY": API_KEY, "ADMIN_API_KEY": ADMIN_KEY, "REDIS_URL": url, "RATE_LIMIT_REQUESTS": "0"}
    settings = here.settings | keys | {"BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": str(port)}
    around = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with log.open("wb") as output:
        command = [sys.executable, *here.locals["doors"][name]["command"][1:]]
        process = subprocess.Popen(command, cwd=log.parent, env=around | settings, stdout=output, stderr=output)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait(15)


def answers(client: httpx2.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx2.TransportError:
        return False


async def test_both_services_are_one_fleet_and_the_operators_door_is_in_one_of_them(
    tmp_path: Path, redis_port: int
) -> None:
    url = redis_url(redis_port, tmp_path)
    [probe] = folder(MODULE).typed("resource")["google_cloud_run_v2_service"]["door"]["template"][0]["containers"][0][
        "startup_probe"
    ][0]["http_get"]
    with door("public", url, tmp_path / "public.log") as public, door("operators", url, tmp_path / "ops.log") as ops:
        for client in (public, ops):
            await eventually(partial(answers, client, probe["path"]), within=60)
        overview = "/internal/monitoring/overview"
        assert public.get(overview).status_code == 404
        assert ops.get("/v1/health").status_code == 404
        await eventually(lambda: ops.get(overview).json()["instances_alive"] == 2, within=30)
        assert ops.get(overview).json()["connected"] is True
        await eventually(lambda: public.get("/v1/health").json()["cache_healthy"], within=30)
