"""Notice that the client has gone, so that nobody works for nobody."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Receive

from app.core.errors import AppError

PATIENCE = 0.1
"""Seconds before watching starts: quick answers pay for no watcher."""


class ClientGone(AppError):
    """The client closed the connection before the answer was ready."""

    status = 499


@contextmanager
def while_present(receive: Receive) -> Iterator[None]:
    """Cancel the block when the client disconnects, and raise ClientGone; enter it after the body was read."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    timer = loop.call_later(PATIENCE, lambda: watchers.append(loop.create_task(watch())))
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        task.uncancel()
        raise ClientGone from None
    finally:
        timer.cancel()
        for watcher in watchers:
            watcher.cancel()
