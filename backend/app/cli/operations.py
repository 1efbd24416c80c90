"""`operations`: what can be asked."""

import typer

from app.core.domain import NO_DOMAIN
from app.main import installed_domains

from .output import AsJson, say_json


def operations(as_json: AsJson = False) -> None:
    found = [op for domain in installed_domains() for op in domain.catalogue.values()]
    cards = [{"domain": op.domain, **op.card()} for op in found]
    if as_json:
        say_json(cards)
        return
    width = max((len(op.full_name) for op in found), default=0)
    for op in found:
        options = ", ".join(op.options.model_fields) or "no options"
        typer.echo(f"{op.full_name:<{width}}  {op.description} ({options})")
    if not found:
        typer.echo(NO_DOMAIN)
