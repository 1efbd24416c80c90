"""The first page of a visitor."""

from fastapi import APIRouter
from pydantic import BaseModel

from app.core.schemas import Name
from app.deps import Open

router = APIRouter(tags=["root"])


class Welcome(BaseModel):
    name: Name
    version: Name
    docs: Name | None
    health: Name
    api: Name


@router.get("/")
async def welcome(resources: Open) -> Welcome:
    """Where things are."""
    docs = "/docs" if resources.settings.public_docs else None
    return Welcome(name="Gatehouse", version=resources.version, docs=docs, health="/v1/health", api="/v1")
