"""`serve`: the server with its workers."""

import json
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.core.domain import NO_DOMAIN
from app.core.settings import Settings
from app.infrastructure.ai.providers import choose
from app.infrastructure.resilience import parse_custom
from app.infrastructure.security import MadeKeys, keyring, make_missing
from app.main import installed_domains
from app.serving import GRACE_SECONDS, UVICORN

from .beside import beside
from .output import wrong_settings_named
from .policies import declared_policies


def serve(
    internal_only: Annotated[
        bool, typer.Option("--internal-only", help="Serve the operators' door alone, on INTERNAL_PORT.")
    ] = False,
    frontend: Annotated[
        str, typer.Option(metavar="COMMAND", help="Start this beside, with the addresses and keys in its environment.")
    ] = "",
) -> None:
    """Runs until Ctrl-C or SIGTERM; requests under way get 30 seconds to end."""
    settings, model, made = _checked()
    port = settings.internal_port or settings.backend_port if internal_only else settings.backend_port
    workers = 1 if internal_only else settings.web_concurrency
    metrics_dir = _shared_metrics(workers)
    typer.echo(
        f"Operators: {_address(settings, port)}/internal/"
        if internal_only
        else banner(settings, model, made, os.environ.get("FRONTEND_PORT") if frontend else None)
    )
    try:
        with beside(frontend, _for_frontend(settings)):
            uvicorn.run(
                "app.serving:serve_internal_app" if internal_only else "app.serving:serve_app",
                factory=True,
                host=settings.backend_host,
                port=port,
                workers=workers,
                timeout_graceful_shutdown=GRACE_SECONDS,
                forwarded_allow_ips=settings.forwarded_allow_ips,
                **UVICORN,
            )
    except KeyboardInterrupt:
        typer.echo("Stopped.")
    finally:
        if metrics_dir:
            shutil.rmtree(metrics_dir, ignore_errors=True)


def _checked() -> tuple[Settings, str, MadeKeys | None]:
    """The settings, the model and the keys made for this run; what cannot be followed ends the command."""
    with wrong_settings_named():
        settings = Settings()
        model = choose(settings)[0].model
        if settings.resilience_custom_config:
            declared_policies(settings.resilience_preset).plan(custom=parse_custom(settings.resilience_custom_config))
        made = make_missing(settings)
        keyring(settings, made)
    if made:
        # The workers, which may be several, must all know the keys that are shown.
        os.environ |= {"API_KEY": made.api_key, "ADMIN_API_KEY": made.admin_key}
    return settings, model, made


def _shared_metrics(workers: int) -> Path | None:
    """A fresh folder through which the workers add up their metrics; one worker needs none."""
    if workers == 1:
        return None
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-metrics-"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


def _for_frontend(settings: Settings) -> dict[str, str]:
    """Where the doors are, and the keys; those that were made for this run are in the environment already."""
    keys = {"API_KEY": settings.api_key, "ADMIN_API_KEY": settings.admin_api_key}
    return {
        "API_URL": _address(settings, settings.backend_port),
        "INTERNAL_URL": _address(settings, settings.internal_port or settings.backend_port),
    } | {name: key.get_secret_value() for name, key in keys.items() if key}


def banner(settings: Settings, model: str, made: MadeKeys | None, frontend_port: str | None = None) -> str:
    address = _address(settings, settings.backend_port)
    hint = "; set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY for a hosted one" if model == "offline" else ""
    lines = [
        "",
        f"  Gatehouse   {address}",
        f"  Docs        {f'{address}/docs' if settings.public_docs else 'off'}",
        *([f"  Front end   http://127.0.0.1:{frontend_port}  (the first start installs it)"] if frontend_port else []),
        f"  Operators   {_operators(settings)}",
        f"  Model       {model}{hint}",
        f"  Cache       {'memory and Redis' if settings.redis_url else 'memory'}",
    ]
    if made:
        lines += [f"  API key     {made.api_key}", f"  Admin key   {made.admin_key}  (both made for this run)"]
    if settings.web_concurrency > 1 and not settings.redis_url:
        lines.append("  Note        several workers without REDIS_URL share neither cache nor limits")
    return "\n".join([*lines, "", *_first_steps(address, made.api_key if made else "$API_KEY"), ""])


def _first_steps(address: str, key: str) -> list[str]:
    """A call to paste, if it can be of an operation that works without a model."""
    operations = [op for domain in installed_domains() for op in domain.catalogue.values()]
    if not operations:
        return [f"  {NO_DOMAIN}"]
    op = next((op for op in operations if op.works_offline), operations[0])
    return [
        "  Try it:",
        f"  curl -s {shlex.quote(f'{address}/v1/{op.domain}/process')} -H 'Authorization: Bearer {key}' \\",
        f"    -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(op.example()))}",
    ]


def _operators(settings: Settings) -> str:
    if settings.environment == "production" and not settings.internal_port:
        return "nowhere: in production they need INTERNAL_PORT"
    return f"{_address(settings, settings.internal_port or settings.backend_port)}/internal/"


def _address(settings: Settings, port: int) -> str:
    """Where a program on this machine reaches that port of the server."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - shown, not bound
    host = everywhere.get(settings.backend_host, settings.backend_host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
