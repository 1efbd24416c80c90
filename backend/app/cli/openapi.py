"""`openapi`: the contract as a document."""

from enum import StrEnum
from typing import Annotated

import typer

from app.api import v1
from app.api.openapi import document
from app.core.settings import Settings
from app.main import installed_domains

from .output import say_json, wrong_settings_named


class Door(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"


def openapi(door: Annotated[Door, typer.Argument(help="Whose document.")] = Door.PUBLIC) -> None:
    from app.api import internal  # its many rooms are a wait that the other commands can do without

    with wrong_settings_named():
        settings = Settings()
    app = v1.build(settings, installed_domains()) if door is Door.PUBLIC else internal.build(settings)
    say_json(document(app))
