"""The folders of infra/terraform as python-hcl2 reads them."""

import functools
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.dockerfile import ROOT

TERRAFORM = ROOT / "infra/terraform"
READER = ROOT / "infra/.venv/bin/hcl2tojson"
FOLDERS = sorted({path.parent for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts})


class Folder:
    """One module. Values that are expressions stay as they are written: `${local.port}`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._blocks = _read(path)
        self.text = json.dumps(self._blocks)

    def named(self, kind: str) -> dict[str, Any]:
        """The blocks with one label: variable, output, module, provider."""
        return {name: body for block in self._blocks.get(kind, []) for name, body in block.items()}

    def typed(self, kind: str) -> dict[str, dict[str, Any]]:
        """The blocks with two labels, resource and data: by type, then by name."""
        found: dict[str, dict[str, Any]] = {}
        for block in self._blocks.get(kind, []):
            for type_, bodies in block.items():
                found.setdefault(type_, {}).update(bodies)
        return found

    @property
    def locals(self) -> dict[str, Any]:
        return {name: value for block in self._blocks.get("locals", []) for name, value in block.items()}

    @property
    def requirements(self) -> dict[str, Any]:
        """What the `terraform` block says: versions, providers, backend."""
        [block] = self._blocks["terraform"]
        return dict(block)

    def uses(self, pattern: str) -> set[tuple[str, ...]]:
        """The groups of each place in an expression that the pattern is found at."""
        return {match.groups() for match in re.finditer(rf"(?<![\w.]){pattern}", self.text)}

    def value(self, expression: Any) -> Any:
        """The literal behind `${local.x}` or `${tostring(local.x)}`, or the literal itself."""
        name = re.fullmatch(r"\$\{(?:tostring\()?local\.(\w+)\)?\}", str(expression))
        return self.locals[name[1]] if name else expression

    @property
    def settings(self) -> dict[str, str]:
        """What `local.settings` gives the backend; empty where only a deployment knows the value."""
        pairs = re.findall(r"\b([A-Z][A-Z_]+) = (\"[^\"]*\"|\w+\([^)]*\))", self.locals["settings"])
        written = {name: text.strip('"') if text[0] == '"' else self.value(f"${{{text}}}") for name, text in pairs}
        return {name: "" if str(text).startswith("${") else str(text) for name, text in written.items()}


@functools.cache
def folder(path: Path) -> Folder:
    return Folder(path)


def _read(path: Path) -> dict[str, Any]:
    if not READER.exists() and "CI" not in os.environ:
        pytest.skip("the reader of Terraform files is not installed: make infra/.venv/ready")
    text = "\n".join(file.read_text() for file in sorted(path.glob("*.tf")))
    command = [str(READER), "--strip-string-quotes", "--no-explicit-blocks"]
    read = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
    blocks: dict[str, Any] = json.loads(read.stdout)
    return blocks
