"""The pages that show an OpenAPI document."""

from fastapi import FastAPI, Request, params
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse

from .openapi import document

CSP = (
    "default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' "
    "https://cdn.jsdelivr.net https://fonts.googleapis.com; font-src https://fonts.gstatic.com; worker-src blob:; "
    "img-src data: https://fastapi.tiangolo.com https://cdn.redoc.ly; connect-src 'self'; frame-ancestors 'none'"
)


def add_docs(app: FastAPI, prefix: str, who: params.Depends) -> None:
    """Serve `/docs`, `/redoc` and `/openapi.json` under a prefix to `who`; the pages load their scripts from a CDN."""
    source = f"{prefix}/openapi.json"

    async def openapi(_: Request) -> JSONResponse:
        return JSONResponse(document(app))

    async def docs(_: Request) -> HTMLResponse:
        return _page(get_swagger_ui_html(openapi_url=source, title=app.title))

    async def redoc(_: Request) -> HTMLResponse:
        return _page(get_redoc_html(openapi_url=source, title=app.title))

    for path, endpoint in ((source, openapi), (f"{prefix}/docs", docs), (f"{prefix}/redoc", redoc)):
        app.add_api_route(path, endpoint, include_in_schema=False, dependencies=[who])


def _page(page: HTMLResponse) -> HTMLResponse:
    page.headers["Content-Security-Policy"] = CSP
    return page
