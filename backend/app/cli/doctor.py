"""`doctor`: what is on, what is off and why, and whether every declared control is wired to something."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import typer
from fastapi import FastAPI
from pydantic import SecretStr

import app
from app.api import v1
from app.api.openapi import decision
from app.core.settings import Settings
from app.main import installed_domains
from app.resources import Resources, open_resources

from .output import AsJson, say_json, say_table, wrong_settings_named

BEHIND = {"public_docs": "disable_docs", "internal_docs": "disable_internal_docs", "drain": "drain_seconds"}
"""Settings that are read through a property."""


def doctor(as_json: AsJson = False) -> None:
    """Exit code 1 when a setting acts nowhere, a route has no decision about its callers, or Redis does not answer."""
    from app.api import internal  # its many rooms are a wait that the other commands can do without

    with wrong_settings_named():
        settings = Settings()
        controls = asyncio.run(_controls(settings))
    read = settings_read()
    doors = {"public": v1.build(settings, installed_domains()), "internal": internal.build(settings)}
    routes = [(door, *route) for door, one in doors.items() for route in route_decisions(one)]
    problems = [f"setting {name.upper()} acts nowhere" for name in Settings.model_fields if not read[name]]
    problems += [f"route {method} {path} has no decision" for _, method, path, scope in routes if scope is None]
    problems += [f"{name}: {detail}" for name, state, detail in controls if state == "broken"]
    rows = [(name.upper(), _shown(getattr(settings, name)), ", ".join(read[name])) for name in Settings.model_fields]
    if as_json:
        say_json({"controls": controls, "settings": rows, "routes": routes, "problems": problems})
    else:
        say_table(("control", "state", "detail"), controls)
        typer.echo()
        say_table(("setting", "value", "acts in"), rows)
        typer.echo()
        say_table(("door", "method", "route", "who"), routes)
        typer.echo()
        typer.echo("\n".join(problems) or "Everything that is declared is wired.")
    if problems:
        raise typer.Exit(1)


def settings_read() -> dict[str, list[str]]:
    """The modules that read each setting, found in the source."""
    found: dict[str, set[str]] = {name: set() for name in Settings.model_fields}
    root = Path(app.__file__).parent
    for path in root.rglob("*.py"):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if module in ("core.settings", "cli.doctor"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and (name := BEHIND.get(node.attr, node.attr)) in found:
                found[name].add(module)
    return {name: sorted(modules) for name, modules in found.items()}


def route_decisions(door: FastAPI) -> Iterator[tuple[str, str, str | None]]:
    """Method, path and who may call each route: a scope, `anybody`, or None where nobody decided."""
    for route in door.routes:
        for method in sorted(getattr(route, "methods", None) or {"ANY"}):
            yield method, getattr(route, "path", str(route)), decision(route)


async def _controls(settings: Settings) -> list[tuple[str, str, str]]:
    async with open_resources(settings) as resources:
        for domain in installed_domains():
            resources.declare(domain.operations)
        resources.policies.reject_unknown_overrides()
        return [
            _model(resources),
            ("fallback models", *_on(settings.ai_fallback_models, ", ".join(settings.ai_fallback_models))),
            ("memory cache", "on", f"{settings.cache_memory_entries} answers, {settings.cache_memory_bytes} bytes"),
            await _redis(resources),
            ("resilience", "on", f"preset {settings.resilience_preset}, {len(resources.policies)} policies"),
            ("custom resilience", *_on(settings.resilience_custom_config, "RESILIENCE_CUSTOM_CONFIG")),
            ("answers", "on", ", ".join(("links to the caller's hosts", *settings.ai_link_hosts))),
            ("redaction", settings.pii_redaction, "PII_REDACTION"),
            ("cache encryption", *_encryption(settings)),
            ("screening", "off" if settings.screening == "off" else "on", settings.screening),
            (
                "rate limit",
                *_on(
                    settings.rate_limit_requests,
                    f"{settings.rate_limit_requests} per {settings.rate_limit_window_seconds} s",
                ),
            ),
            ("client keys", *_on(settings.api_key or settings.additional_api_keys, "configured", "made at each start")),
            (
                "operator key",
                *_on(settings.admin_api_key, "configured", "made at each start, or none with API_KEY set"),
            ),
            ("keys file", *_on(settings.api_keys_file, "API_KEYS_FILE")),
            ("known hosts", *_on(settings.allowed_hosts, ", ".join(settings.allowed_hosts))),
            (
                "concurrency",
                "on",
                f"{settings.max_concurrent_requests} at once, {settings.max_queued_requests} waiting",
            ),
            ("tracing", *_on(settings.otel_exporter_otlp_endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT")),
            ("CORS", *_on(settings.cors_origins, ", ".join(settings.cors_origins))),
        ]


def _model(resources: Resources) -> tuple[str, str, str]:
    model = resources.gateway.dialogue.models.primary
    return "model", "on", model if model != "offline" else "offline, because no provider key is set"


async def _redis(resources: Resources) -> tuple[str, str, str]:
    if resources.settings.redis_url is None:
        return "redis", "off", "REDIS_URL is not set"
    shared = (await resources.cache.status())[-1]
    return ("redis", "on", "answers") if shared.state == "up" else ("redis", "broken", "REDIS_URL does not answer")


def _encryption(settings: Settings) -> tuple[str, str]:
    if settings.cache_encryption_keys and settings.redis_url is None:
        return "off", "REDIS_URL is not set, and memory needs none"
    newest = (key.get_secret_value().partition(":")[0] for key in settings.cache_encryption_keys)
    return _on(
        settings.cache_encryption_keys, f"sealed with {next(newest, '')}, {len(settings.cache_encryption_keys)} keys"
    )


def _on(value: object, detail: str, otherwise: str = "not set") -> tuple[str, str]:
    return ("on", detail) if value else ("off", otherwise)


def _shown(value: object) -> str:
    match value:
        case SecretStr() | (SecretStr(), *_):
            return "(secret)"
        case None | () | "":
            return "-"
        case tuple():
            return ",".join(str(one) for one in value)
        case _:
            return str(value)
