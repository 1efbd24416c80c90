"""Which names the service answers to."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import BadRequest

PROBES = frozenset({"/livez", "/readyz"})


def known_hosts(app: ASGIApp, allowed: Iterable[str]) -> ASGIApp:
    """The app itself when every name is answered."""
    return Hosts(app, allowed) if allowed else app


class Hosts:
    """Refuses requests whose one Host header is not in the list; `*.example.org` stands for all names below it.

    Probes pass: orchestrators call them by address.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        names = {name.lower() for name in allowed}
        self._app, self._names = app, names
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            given = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
            if len(given) != 1 or not self._known(_without_port(given[0])):
                raise BadRequest("The Host header does not name this service.")
        await self._app(scope, receive, send)

    def _known(self, name: str) -> bool:
        return name in self._names or name.endswith(self._endings)


def _without_port(host: str) -> str:
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
