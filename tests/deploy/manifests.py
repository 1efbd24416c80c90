"""The overlays of infra/k8s as kubectl renders them."""

import functools
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.deploy.dockerfile import ROOT

Manifest = dict[str, Any]
PAGE = (ROOT / "docs/deploy/kubernetes.md").read_text()


class Overlay:
    def __init__(self, name: str) -> None:
        self.name = name
        self.manifests = _rendered(name)

    def __getitem__(self, kind: str) -> dict[str, Manifest]:
        """Everything of a kind, by name."""
        return {one["metadata"]["name"]: one for one in self.manifests if one["kind"] == kind}

    def pod(self, name: str) -> tuple[Manifest, Manifest]:
        """The pod and the only container of a deployment."""
        spec = self["Deployment"][name]["spec"]["template"]["spec"]
        [container] = spec["containers"]
        return spec, container

    @property
    def settings(self) -> dict[str, str]:
        """What the backend finds in its environment."""
        _, container = self.pod("backend")
        [source] = container["envFrom"]
        found: dict[str, str] = self["ConfigMap"][source["configMapRef"]["name"]]["data"]
        return found

    @property
    def secret_files(self) -> dict[str, str]:
        """The settings that name a file of the secret, with the secret's key of that file."""
        _, container = self.pod("backend")
        [folder] = [one["mountPath"] for one in container["volumeMounts"] if one["name"] == "secrets"]
        files = {name: path for name, path in self.settings.items() if name.endswith("_FILE")}
        return {name: str(Path(path).relative_to(folder)) for name, path in files.items()}

    @property
    def made_secret(self) -> dict[str, str]:
        """The keys of `backend-secrets` and the files they come from, as the page makes it for this overlay."""
        [section] = re.findall(r"\n## (?:Try it|Production)\n(?:(?!\n## ).)*overlays/" + self.name, PAGE, re.DOTALL)
        [command] = re.findall(r"create secret generic backend-secrets ((?:.*\\\n)*.*)", section)
        words = shlex.split(command.replace("\\\n", " "))
        return dict(word.removeprefix("--from-file=").split("=", 1) for word in words)


@functools.cache
def _rendered(name: str) -> list[Manifest]:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl, which renders the overlays, is not installed")
    command = ["kubectl", "kustomize", str(ROOT / "infra/k8s/overlays" / name)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(yaml.safe_load_all(made.stdout))
