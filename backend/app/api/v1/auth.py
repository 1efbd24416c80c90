"""What a key is good for."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.core.caller import Scope
from app.core.schemas import Name
from app.deps import TextUser

router = APIRouter(prefix="/v1/auth", tags=["auth"])


class AuthStatus(BaseModel):
    """`key_id` names the key in logs and ledgers; it is no part of it."""

    authenticated: Literal[True] = True
    key_id: Name
    scopes: Annotated[list[Scope], Field(max_length=10)]
    message: Name


@router.get("/status")
async def status(visitor: TextUser) -> AuthStatus:
    """Whether your key works here, and for what."""
    return AuthStatus(key_id=visitor.caller.id, scopes=sorted(visitor.caller.scopes), message="This key is valid.")
