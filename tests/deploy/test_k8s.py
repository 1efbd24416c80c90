"""The Kubernetes files fit the product, the images and the compose file."""

import re

import pytest
import yaml  # type: ignore[import-untyped]

from app.core.settings import Settings
from app.serving import GRACE_SECONDS
from tests.deploy.dockerfile import ROOT, stages
from tests.deploy.manifests import Overlay
from tests.deploy.patience import longest_batch

NAME = "app.kubernetes.io/name"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())["services"]


@pytest.fixture(params=["production", "trial"])
def overlay(request: pytest.FixtureRequest) -> Overlay:
    return Overlay(request.param)


def test_every_setting_is_one_of_the_product(overlay: Overlay) -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert {name if name in known else name.removesuffix("_FILE") for name in overlay.settings} <= known
    assert overlay.settings["ENVIRONMENT"] == "production"


def test_the_front_end_knows_its_settings_and_where_both_doors_are(overlay: Overlay) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "frontend").glob("*.py"))
    doors = {one["name"]: one["value"] for one in overlay.pod("frontend")[1]["env"]}
    assert all(f'"{name}"' in sources for name in doors)
    for url in doors.values():
        name, _, port = url.removeprefix("http://").partition(":")
        assert [int(port)] == [one["port"] for one in overlay["Service"][name]["spec"]["ports"]]


def test_every_secret_that_a_pod_reads_is_made_by_the_page(overlay: Overlay) -> None:
    assert set(overlay.secret_files.values()) <= overlay.made_secret.keys()
    for name in overlay["Deployment"]:
        for volume in overlay.pod(name)[0]["volumes"]:
            if secret := volume.get("secret"):
                assert secret["secretName"] == "backend-secrets"
                assert {item["key"] for item in secret.get("items", [])} <= overlay.made_secret.keys()


@pytest.mark.parametrize(("name", "port"), [("backend", "BACKEND_PORT"), ("frontend", "STREAMLIT_SERVER_PORT")])
def test_images_users_and_ports_are_those_of_dockerfile_and_compose(overlay: Overlay, name: str, port: str) -> None:
    final = {one.word: one.text for one in stages(ROOT / name / "Dockerfile")[-1]}
    spec, container = overlay.pod(name)
    image = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", COMPOSE[name]["image"])
    assert container["image"].split("/")[-1].split(":")[0] == image.split(":")[0]
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == final["USER"]
    assert f"{port}={container['ports'][0]['containerPort']}" in final["ENV"].split()
    assert f"'{container['readinessProbe']['httpGet']['path']}'" in final["HEALTHCHECK"]


def test_the_redis_for_trying_is_the_one_of_compose() -> None:
    assert Overlay("trial").pod("redis")[1]["image"] == COMPOSE["redis"]["image"]


def test_every_pod_is_without_powers(overlay: Overlay) -> None:
    for name in overlay["Deployment"]:
        spec, container = overlay.pod(name)
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_only_the_public_port_is_published_and_only_below_v1(overlay: Overlay) -> None:
    paths = [
        (path["path"], path["backend"]["service"])
        for ingress in overlay["Ingress"].values()
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
    assert paths == [("/v1", {"name": "backend", "port": {"name": "public"}})][: len(overlay["Ingress"])]
    services = overlay["Service"]
    assert {one["spec"].get("type", "ClusterIP") for one in services.values()} == {"ClusterIP"}
    ports = {port["name"]: str(port["containerPort"]) for port in overlay.pod("backend")[1]["ports"]}
    assert ports["internal"] == overlay.settings["INTERNAL_PORT"]
    assert [port["targetPort"] for port in services["backend"]["spec"]["ports"]] == ["public"]
    assert [port["targetPort"] for port in services["backend-internal"]["spec"]["ports"]] == ["internal"]


def test_the_network_lets_only_monitoring_and_the_front_end_to_the_internal_port(overlay: Overlay) -> None:
    policies = overlay["NetworkPolicy"]
    assert policies["nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    let_in = [
        source
        for policy in policies.values()
        for rule in policy["spec"].get("ingress", [])
        if {"internal", int(overlay.settings["INTERNAL_PORT"])} & {port["port"] for port in rule["ports"]}
        for source in rule["from"]
    ]
    assert let_in == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
        {"podSelector": {"matchLabels": {NAME: "frontend"}}},
    ]
    assert all(rule["ports"] for policy in policies.values() for rule in policy["spec"].get("ingress", []))


def test_a_stopping_pod_has_time_to_drain_and_to_end_its_requests(overlay: Overlay) -> None:
    spec, _ = overlay.pod("backend")
    assert spec["terminationGracePeriodSeconds"] > float(overlay.settings["DRAIN_SECONDS"]) + GRACE_SECONDS


def test_several_pods_share_a_redis(overlay: Overlay) -> None:
    assert overlay["HorizontalPodAutoscaler"]["backend"]["spec"]["minReplicas"] > 1
    assert "REDIS_URL_FILE" in overlay.secret_files


def test_every_selector_finds_what_it_is_for(overlay: Overlay) -> None:
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in overlay["Deployment"].values()]
    services = [one["metadata"].get("labels", {}) for one in overlay["Service"].values()]
    wanted = [(one["spec"]["selector"], pods) for one in overlay["Service"].values()]
    wanted += [(one["spec"]["selector"]["matchLabels"], pods) for one in overlay["PodDisruptionBudget"].values()]
    wanted += [(one["spec"]["selector"]["matchLabels"], services) for one in overlay["ServiceMonitor"].values()]
    wanted += [(one["spec"]["podSelector"].get("matchLabels", {}), pods) for one in overlay["NetworkPolicy"].values()]
    for labels, there in wanted:
        assert any(labels.items() <= found.items() for found in there), labels


def test_prometheus_knows_the_pods_by_the_job_of_the_alert_rules() -> None:
    overlay = Overlay("production")
    [monitor] = overlay["ServiceMonitor"].values()
    [job] = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert overlay["Service"]["backend-internal"]["metadata"]["labels"][monitor["spec"]["jobLabel"]] == job["job_name"]


def test_an_ingress_waits_longer_than_the_longest_batch() -> None:
    settings = Settings(_env_file=None)
    for ingress in Overlay("production")["Ingress"].values():
        said = ingress["metadata"]["annotations"]
        assert said["nginx.org/proxy-buffering"] == "False"
        silence = float(said["nginx.org/proxy-read-timeout"].removesuffix("s"))
        assert silence > longest_batch(settings)
        assert said["nginx.org/client-max-body-size"] == f"{settings.max_request_bytes // 2**20}m"
