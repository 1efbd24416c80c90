"""Write the pages that are made from code: settings, routes, errors, metrics, make targets, OpenAPI, `.env.example`.

`python -m scripts.reference --check` writes nothing and fails when a page differs from the code.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.api import internal, v1
from app.api.openapi import document
from app.cli.doctor import route_decisions
from app.core.errors import AppError, ProviderError
from app.core.settings import SECTIONS, Settings
from scripts import licences
from scripts.docs import make_targets, metrics

ROOT = Path(__file__).parents[1]
BOUND = re.compile(r"^max_|_(timeout|seconds|bytes|entries)$")
"""Settings that few people touch: they are not in `.env.example`, which is to be read at a glance."""

MADE = "<!-- Made by `make reference` from the code: edit the code instead. -->\n"


def pages() -> dict[str, str]:
    """Each page's text by its path; the domains are left out, so that adding one touches no page."""
    settings = Settings.model_construct()  # the defaults, whatever is set on this machine
    public, operators = v1.build(settings, []), internal.build(settings)
    return {
        ".env.example": env_example(),
        "docs/configuration.md": configuration(),
        "docs/reference/routes.md": routes(public, operators),
        "docs/reference/access.md": access(public, operators),
        "docs/reference/errors.md": errors(),
        "docs/reference/licences.md": licences.page(MADE),
        "docs/reference/make-targets.md": make_targets.page(MADE),
        "docs/reference/metrics.md": metrics.page(MADE),
        "docs/reference/openapi-public.json": json.dumps(document(public), indent=1, sort_keys=True) + "\n",
        "docs/reference/openapi-internal.json": json.dumps(document(operators), indent=1, sort_keys=True) + "\n",
    }


def configuration() -> str:
    lines = [MADE, "# Configuration", ""]
    lines += [
        "Every setting is an environment variable, or a line of a `.env` file in the folder that the service starts",
        "in; the environment wins. `NAME_FILE` reads the value of `NAME` from a file, for secrets. A wrong value, or",
        "a misspelt variable with one of our prefixes, stops the start with a sentence that names it. Nothing has to",
        "be set in development. `python -m app doctor` shows what is in force and where each setting acts.",
    ]
    for section in SECTIONS:
        lines += ["", f"## {section.__doc__}", "", "| variable | default | allowed | meaning |", "|---|---|---|---|"]
        for name, field in own_fields(section):
            lines.append(f"| `{name.upper()}` | {shown_default(field)} | {allowed(name)} | {field.description} |")
    return "\n".join(lines) + "\n"


def env_example() -> str:
    lines = [
        "# Copy to .env and uncomment what you change; docs/configuration.md explains each line and has the bounds."
    ]
    for section in SECTIONS:
        lines += ["", f"# {section.__doc__}"]
        lines += [
            f"#{name.upper()}={plain_default(field)}" for name, field in own_fields(section) if not BOUND.search(name)
        ]
    return "\n".join(lines) + "\n"


def own_fields(section: type) -> Iterator[tuple[str, FieldInfo]]:
    for name in section.__annotations__:
        if name in Settings.model_fields:
            yield name, Settings.model_fields[name]


def plain_default(field: FieldInfo) -> str:
    match field.default:
        case None | () | "":
            return ""
        case bool() as flag:
            return str(flag).lower()
        case SecretStr():
            return ""
        case value:
            return str(value)


def shown_default(field: FieldInfo) -> str:
    return f"`{value}`" if (value := plain_default(field)) else "unset"


def allowed(name: str) -> str:
    schema: dict[str, Any] = Settings.model_json_schema()["properties"][name]
    choices = schema.get("anyOf", [schema])
    for one in choices:
        if "enum" in one:
            return ", ".join(f"`{value}`" for value in one["enum"])
        low = one.get("minimum", one.get("exclusiveMinimum"))
        if low is not None and "maximum" in one:
            return f"{'more than ' if 'exclusiveMinimum' in one else ''}{low:,} to {one['maximum']:,}"
        if one.get("type") == "boolean":
            return "`true`, `false`"
        if one.get("format") == "password" or one.get("items", {}).get("format") == "password":
            return "secret"
    return "text"


def routes(public: Any, operators: Any) -> str:
    lines = [MADE, "# Routes", ""]
    lines += [
        "These are the routes of the house. What a domain adds is at `/docs` and in `python -m app openapi`.",
        "",
    ]
    for title, door in (("Public", public), ("Internal", operators)):
        found = sorted(route_decisions(door), key=lambda route: (route[1], route[0]))
        lines += [f"## {title}: {len(found)} routes", "", "| method | route | who may call it |", "|---|---|---|"]
        lines += [f"| {method} | `{path}` | {who} |" for method, path, who in found]
        lines.append("")
    return "\n".join(lines)


VERDICTS = {
    "anybody": ("in", "in", "in", "in"),
    "text:use": ("401", "401", "in", "in"),
    "internal:read": ("401", "401", "403", "in"),
    "internal:write": ("401", "401", "403", "in"),
}
"""What becomes of nobody, of a wrong key, of an ordinary key and of the operators' key."""


def access(public: Any, operators: Any) -> str:
    lines = [MADE, "# Who gets in where", ""]
    lines += [
        "`in` means that the request reaches the route, which may still refuse what it says. The tests call every",
        "route of both doors as each of these callers and compare. In production the docs pages are gone and",
        "`/internal` is not on the public door; in staging the operators' docs pages want `internal:read`.",
    ]
    for title, door in (("Public", public), ("Internal", operators)):
        lines += ["", f"## {title}", "", "| method | route | nobody | wrong key | ordinary key | operators' key |"]
        lines.append("|---|---|---|---|---|---|")
        for method, path, who in sorted(route_decisions(door), key=lambda route: (route[1], route[0])):
            lines.append(f"| {method} | `{path}` | {' | '.join(VERDICTS[who or ''])} |")
    return "\n".join(lines) + "\n"


def errors() -> str:
    lines = [MADE, "# Errors", "", "| code | status | retryable | message |", "|---|---|---|---|"]
    family = sorted(set(descendants(AppError)), key=lambda error: (error.status, error.code()))
    shown = [error for error in family if not error.__name__.startswith("_") and error not in (AppError, ProviderError)]
    lines += [
        f"| `{error.code()}` | {error.status} | {'yes' if error.retryable else 'no'} | {error()} |" for error in shown
    ]
    return "\n".join(lines) + "\n"


def descendants(root: type[AppError]) -> Iterator[type[AppError]]:
    yield root
    for child in root.__subclasses__():
        yield from descendants(child)


def main() -> int:
    differing = []
    for name, text in pages().items():
        path = ROOT / name
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(name)
    if differing:
        print("These pages differ from the code; run `make reference`:", *differing, sep="\n  ")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
