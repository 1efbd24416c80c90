"""The Terraform files hold together, and what they give the backend fits the product and the images."""

import re
from typing import Any

import pytest

from app.core.settings import Settings
from app.serving import GRACE_SECONDS
from tests.deploy.dockerfile import ROOT, stages
from tests.deploy.hcl import FOLDERS, TERRAFORM, Folder, folder
from tests.deploy.patience import longest_batch

ENVIRONMENTS = ("dev", "staging", "prod")
NAMES = [str(path.relative_to(TERRAFORM)) for path in FOLDERS]
DEFAULTS = Settings.model_validate({})
LONGEST_CALL = DEFAULTS.ai_total_timeout + DEFAULTS.queue_timeout_seconds
LONGEST_BATCH = longest_batch(DEFAULTS)

each_folder = pytest.mark.parametrize("name", NAMES)
each_cloud = pytest.mark.parametrize("cloud", ["aws", "gcp"])


def service(cloud: str) -> Folder:
    return folder(TERRAFORM / "modules" / cloud / "service")


@each_folder
def test_every_variable_and_output_says_what_it_is(name: str) -> None:
    here = folder(TERRAFORM / name)
    for variable in here.named("variable").values():
        assert variable["type"]
    for said in (here.named("variable") | here.named("output")).values():
        assert said["description"].endswith(".")


@each_folder
def test_everything_that_is_named_is_declared_and_everything_declared_is_used(name: str) -> None:
    here = folder(TERRAFORM / name)
    assert here.uses(r"var\.(\w+)") == {(variable,) for variable in here.named("variable")}
    assert here.uses(r"local\.(\w+)") == {(local,) for local in here.locals}
    resources = {(kind, one) for kind, found in here.typed("resource").items() for one in found}
    assert here.uses(r"((?:aws|google|random)_\w+)\.(\w+)") <= resources
    assert here.uses(r"data\.(\w+)\.(\w+)") == {
        (kind, one) for kind, all_ in here.typed("data").items() for one in all_
    }


@each_folder
def test_a_module_gets_what_it_asks_for_and_gives_what_is_taken(name: str) -> None:
    here = folder(TERRAFORM / name)
    outputs = set()
    for call, given in here.named("module").items():
        there = folder((here.path / given["source"]).resolve())
        asked = there.named("variable")
        assert given.keys() - {"source"} <= asked.keys()
        assert {one for one, said in asked.items() if "default" not in said} <= given.keys()
        outputs |= {(call, output) for output in there.named("output")}
    assert here.uses(r"module\.(\w+)\.(\w+)") <= outputs


def test_versions_are_pinned_and_equal_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for name in NAMES:
        said = folder(TERRAFORM / name).requirements
        pins.setdefault("terraform", set()).add(said["required_version"])
        for providers in said["required_providers"]:
            for provider, pin in providers.items():
                pins.setdefault(provider, set()).add(pin["version"])
    assert pins.keys() == {"terraform", "aws", "google", "random"}
    assert all(len(versions) == 1 and min(versions).startswith("~> ") for versions in pins.values()), pins


@each_cloud
def test_the_environments_differ_in_sizes_and_names_alone(cloud: str) -> None:
    roots = [folder(TERRAFORM / "environments" / cloud / environment) for environment in ENVIRONMENTS]
    for one in roots[1:]:
        assert one.named("variable") == roots[0].named("variable")
        assert one.named("output") == roots[0].named("output")
    assert len({str(one.requirements["backend"]) for one in roots}) == len(ENVIRONMENTS)


@each_cloud
def test_every_setting_is_one_of_the_product_and_its_value_is_allowed(cloud: str) -> None:
    here = service(cloud)
    secret = set(here.named("variable")["secret_settings"]["default"]) | {"REDIS_URL"}
    assert secret | here.settings.keys() <= {name.upper() for name in Settings.model_fields}
    Settings.model_validate({name.lower(): value for name, value in here.settings.items() if value})
    assert here.settings["ENVIRONMENT"] == "production"
    assert (
        f"REDIS_URL = {'aws_secretsmanager' if cloud == 'aws' else 'google_secret_manager'}_secret.redis_url"
        in (here.locals["secrets"])
    )


@each_cloud
def test_ports_users_and_probes_are_those_of_the_dockerfile(cloud: str) -> None:
    final = {one.word: one.text for one in stages(ROOT / "backend/Dockerfile")[-1]}
    here = service(cloud)
    assert f"BACKEND_PORT={here.settings['BACKEND_PORT']}" in final["ENV"].split()
    if cloud == "aws":
        target = here.typed("resource")["aws_lb_target_group"]["public"]
        assert f"'{target['health_check'][0]['path']}'" in final["HEALTHCHECK"]
        assert f'user = "{final["USER"]}"' in container(here)
    else:
        assert [door["command"][:4] for door in here.locals["doors"].values()] == [["python", "-m", "app", "serve"]] * 2


def container(aws: Folder) -> str:
    text: str = aws.typed("resource")["aws_ecs_task_definition"]["backend"]["container_definitions"]
    return text


def test_the_balancer_of_aws_leads_to_the_public_port_below_v1_alone() -> None:
    found = service("aws").typed("resource")
    [target] = found["aws_lb_target_group"].values()
    [listener] = found["aws_lb_listener"].values()
    [rule] = found["aws_lb_listener_rule"].values()
    [balanced] = found["aws_ecs_service"]["backend"]["load_balancer"]
    assert target["port"] == balanced["container_port"] == "${local.public_port}"
    assert listener["default_action"][0]["type"] == "fixed-response"
    assert rule["condition"][0]["path_pattern"][0]["values"] == ["/v1/*"]
    assert found["aws_ecs_service"]["backend"]["network_configuration"][0]["assign_public_ip"] is False


def test_the_internal_port_of_aws_is_open_to_the_operators_group_alone() -> None:
    rules = service("aws").typed("resource")["aws_vpc_security_group_ingress_rule"].values()
    anybody = [rule for rule in rules if "cidr_ipv4" in rule]
    assert [(rule["from_port"], rule["to_port"]) for rule in anybody] == [(443, 443)]
    assert [
        rule["referenced_security_group_id"]
        for rule in rules
        if rule["to_port"] == "${local.internal_port}" or rule["from_port"] == "${local.internal_port}"
    ] == ["${aws_security_group.operators.id}"]
    assert service("aws").settings["INTERNAL_PORT"] == str(service("aws").locals["internal_port"])


def test_the_operators_door_of_gcp_is_a_service_of_its_own_inside_the_network() -> None:
    doors = service("gcp").locals["doors"]
    assert {name: door["ingress"] for name, door in doors.items()} == {
        "public": "INGRESS_TRAFFIC_ALL",
        "operators": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    }
    assert {name for name, door in doors.items() if "--internal-only" in door["command"]} == {"operators"}
    assert "INTERNAL_PORT" not in service("gcp").settings
    invokers = service("gcp").typed("resource")["google_cloud_run_v2_service_iam_member"]
    assert 'door["public"]' in invokers["clients"]["name"]
    assert [name for name, one in invokers.items() if one["member"] in ("allUsers", "allAuthenticatedUsers")] == [
        "clients"
    ]


def test_a_stopping_task_has_time_to_drain_and_to_end_its_requests() -> None:
    [stop] = re.findall(r"stopTimeout = (\d+)", container(service("aws")))
    assert int(stop) > float(service("aws").settings["DRAIN_SECONDS"]) + GRACE_SECONDS
    assert float(service("gcp").settings["DRAIN_SECONDS"]) == 0


def test_no_balancer_gives_up_before_the_longest_batch_ends() -> None:
    balancer = service("aws").typed("resource")["aws_lb"]["this"]
    template = service("gcp").typed("resource")["google_cloud_run_v2_service"]["door"]["template"][0]
    assert float(service("aws").value(balancer["idle_timeout"])) > LONGEST_BATCH
    assert float(template["timeout"].removesuffix("s")) > LONGEST_BATCH


def test_a_task_that_leaves_the_balancer_may_end_its_longest_call() -> None:
    target: dict[str, Any] = service("aws").typed("resource")["aws_lb_target_group"]["public"]
    assert float(service("aws").value(target["deregistration_delay"])) > LONGEST_CALL
