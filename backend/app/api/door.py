"""What both doors are made of."""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI

from app import __version__

from .errors import add_error_handlers


def new_door(title: str, rooms: Iterable[APIRouter], description: str = "") -> FastAPI:
    """An app with the rooms' routes in their order, laid flat: FastAPI matches included routers at every request."""
    app = FastAPI(
        title=title,
        description=description,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    for room in rooms:
        app.router.routes.extend(room.routes)
    return app
