"""`operations`: what can be asked."""

import typer

from app.core.domain import NO_DOMAIN
from app.main import installed_domains

from .output import AsJson, say_json


def operations(as_json: AsJson = False) -> None:
    cards = [op.card() for domain in installed_domains() for op in domain.catalogue.values()]
    if as_json:
        say_json(cards)
        return
    for card in cards:
        options = ", ".join(card["options_schema"].get("properties", {})) or "no options"
        typer.echo(f"{card['id']:<12} {card['description']} ({options})")
    if not cards:
        typer.echo(NO_DOMAIN)
