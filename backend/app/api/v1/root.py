"""The first page of a visitor."""

from fastapi import APIRouter
from pydantic import BaseModel

from app.core.domain import NO_DOMAIN
from app.core.schemas import Name, Names, Text
from app.deps import Open

router = APIRouter(tags=["root"])


class Welcome(BaseModel):
    name: Name
    version: Name
    docs: Name | None
    health: Name
    api: Name
    domains: Names
    hint: Text | None


@router.get("/v1/", include_in_schema=False)
@router.get("/")
async def welcome(resources: Open) -> Welcome:
    """Where things are."""
    docs = "/docs" if resources.settings.public_docs else None
    domains = sorted({name.partition(".")[0] for name in resources.terms})
    return Welcome(
        name="Gatehouse",
        version=resources.version,
        docs=docs,
        health="/v1/health",
        api="/v1",
        domains=tuple(domains),
        hint=None if domains else NO_DOMAIN,
    )
