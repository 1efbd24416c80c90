"""Both doors of the product as it is installed, and their OpenAPI documents."""

from typing import Any

from fastapi import FastAPI

from app.api import internal, v1
from app.api.openapi import document
from app.main import installed_domains
from tests.support.plain import plain_settings


def doors() -> dict[str, FastAPI]:
    settings = plain_settings()
    return {"public": v1.build(settings, installed_domains()), "internal": internal.build(settings)}


def documents() -> dict[str, dict[str, Any]]:
    return {name: document(door) for name, door in doors().items()}
