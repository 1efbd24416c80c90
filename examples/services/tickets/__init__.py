"""Sort support tickets into a team's own labels, and say which cannot wait."""

from app.operations import domain_of

from . import operations
from .routes import router

DOMAIN = domain_of("tickets", operations, router=router)
