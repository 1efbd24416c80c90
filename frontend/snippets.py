"""A request as code to paste; the key is read from the environment of whoever pastes it."""

import json
import pprint
import shlex
from typing import Any


def curl(url: str, body: dict[str, Any]) -> str:
    return "\n".join(
        [
            f"curl -sS {shlex.quote(url)} \\",
            '  -H "Authorization: Bearer $API_KEY" \\',
            "  -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(json.dumps(body, ensure_ascii=False, indent=2))}",
        ]
    )


def python(url: str, body: dict[str, Any]) -> str:
    return f"""import os

import httpx2

response = httpx2.post(
    {url!r},
    headers={{"Authorization": f"Bearer {{os.environ['API_KEY']}}"}},
    json={pprint.pformat(body, width=100, sort_dicts=False)},
    timeout=90,
)
response.raise_for_status()
print(response.json()["result"])
"""
