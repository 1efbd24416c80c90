"""What one process answers, obeys and does at each heartbeat, whether it has a fleet around it or not."""

import asyncio
import copy
import inspect
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

from app.core.errors import AppError, InternalError, NotFound
from app.infrastructure.fleet.fleet import Apply, Callback, Change, DesiredChange, Gathered, Handler, Instance
from app.infrastructure.fleet.messages import Call, Desired, Reply, encode, heard
from app.infrastructure.fleet.messages import desired as read_desired

logger = logging.getLogger("gatehouse.fleet")

ACKNOWLEDGE = "fleet.acknowledge"
"""The topic on which every process says whether it obeys a generation."""


class Process:
    """`desired` is the fleet's word as last applied here; a local change may have set it aside."""

    def __init__(self, me: Instance) -> None:
        self.me = me
        self.desired = Desired()
        self._obeyed: dict[str, Any] = {}
        self._unfit: Desired | None = None
        self._handlers: dict[str, Handler] = {}
        self._appliers: list[Apply] = []
        self._ticks: list[Callback] = []
        self._reconnects: list[Callback] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.on(ACKNOWLEDGE, self._acknowledge)

    def on(self, topic: str, handler: Handler) -> None:
        if topic in self._handlers:
            raise ValueError(f"Two handlers for {topic!r}")
        self._handlers[topic] = handler

    def on_desired(self, apply: Apply) -> None:
        self._appliers.append(apply)

    def on_reconnect(self, callback: Callback) -> None:
        self._reconnects.append(callback)

    def on_tick(self, callback: Callback) -> None:
        self._ticks.append(callback)

    async def aclose(self) -> None:
        while tasks := list(self._tasks):
            for task in tasks:
                task.cancel()
            # The Redis client can swallow a cancellation that meets a lost connection, so one may not be enough.
            await asyncio.wait(tasks, timeout=0.1)

    async def answer(self, call: Call) -> Reply:
        """What the handler gives as the asker will read it, here or elsewhere."""
        try:
            handler = self._handlers.get(call.topic)
            if handler is None:
                raise NotFound(f"This instance does not answer to {call.topic!r}.")
            value = handler(call.args)
            if inspect.isawaitable(value):
                value = await value
            return _as_sent(Reply(id=call.id, sender=self.me.id, value=value))
        except AppError as error:
            failure = error
        except Exception:  # whatever a handler does, the asker is told that this instance failed
            logger.exception("the handler of %s failed", call.topic)
            failure = InternalError("This instance failed to answer; its log says why.")
        return Reply(id=call.id, sender=self.me.id, code=failure.code(), message=str(failure))

    async def ask_here(
        self, topic: str, args: Any, unreachable: Iterable[str] = (), *, connected: bool = True
    ) -> Gathered:
        reply = await self.answer(Call(id=self.me.id, sender=self.me.id, topic=topic, args=args))
        return gather([reply], unreachable, connected=connected)

    def _desire_here(self, change: DesiredChange) -> Change:
        document = as_stored(self.desired.generation, change(copy.deepcopy(self._obeyed))).document
        self._obey(document, self.desired.generation)
        return Change({self.me.id: self.desired.generation}, generation=self.desired.generation, local=True)

    def _apply(self, wanted: Desired) -> None:
        """Make it true here. A failure is logged once and tried again, and then `desired` stays what it was."""
        try:
            self._obey(wanted.document, wanted.generation)
        except Exception:  # whatever fails in an application of it, the process lives on and says so when asked
            if wanted != self._unfit:
                logger.exception("generation %d of the desired state could not be applied", wanted.generation)
            self._unfit = wanted
        else:
            self.desired, self._unfit = wanted, None

    async def _acknowledge(self, generation: int) -> int:
        if self.desired.generation < generation:
            raise InternalError(f"This instance could not apply generation {generation}; its log says why.")
        return self.desired.generation

    def _obey(self, document: dict[str, Any], generation: int) -> None:
        for apply in self._appliers:
            apply(copy.deepcopy(document), generation)
        self._obeyed = document

    def _run(self, callbacks: Iterable[Callback]) -> None:
        for callback in callbacks:
            self.spawn(_run(callback))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a task of the fleet failed", exc_info=error)


def gather(replies: Iterable[Reply], unreachable: Iterable[str], *, connected: bool = True) -> Gathered:
    ordered = sorted(replies, key=lambda reply: reply.sender)
    return Gathered(
        {reply.sender: reply.value for reply in ordered if reply.error is None},
        {reply.sender: reply.error for reply in ordered if reply.error is not None},
        tuple(sorted(unreachable)),
        connected,
    )


def as_stored(generation: int, document: dict[str, Any]) -> Desired:
    """The document as every process will read it. Raises ValueError where JSON cannot say it."""
    return read_desired(encode(Desired(generation=generation, document=document)))


def _as_sent(reply: Reply) -> Reply:
    sent = heard(encode(reply))
    assert isinstance(sent, Reply)
    return sent


async def _run(callback: Callback) -> None:
    try:
        result = callback()
        if result is not None:
            await result
    except Exception:  # one callback's failure must not keep the others from their heartbeat
        logger.exception("a callback of the fleet failed")
