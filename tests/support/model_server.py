"""A model provider that tests and benches command: three dialects over real HTTP, in a process of its own.

`python -m tests.support.model_server --port 9000` serves until it is stopped. `POST /control` sets its behaviour,
`GET /log` lists the calls it received, `POST /reset` forgets both.
"""

import argparse
import asyncio
import hashlib
import re
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson
import uvicorn

from tests.support.canaries import ANSWERED, MODEL_KEY
from tests.support.model_dialects import Asked, Dialect, Events, dialect_of
from tests.support.schema_filler import fill

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

ROOT = Path(__file__).parents[2]
KEEP_CALLS = 10_000
# A prompt's fences carry a fresh nonce; without this, equal questions would get different answers.
_NONCE = re.compile(r"[0-9a-f]{16,}")


@dataclass
class Behaviour:
    """How the next calls are answered; fields with a count wear off."""

    fail: dict[str, Any] = field(default_factory=dict)
    """`status`, and if wanted `count` (else for ever) and `retry_after`."""
    reject_key: bool = False
    delay: float = 0
    chunks: int = 0
    """Pieces of a streamed answer; 0 is one for each word."""
    chunk_delay: float = 0
    stall_after: int | None = None
    truncate_after: int | None = None
    """Pieces after which the connection is cut; a plain answer is cut in the middle."""
    end_after: int | None = None
    """Pieces after which the stream ends in good order but unfinished."""
    bad_json: int = 0
    wrong_schema: int = 0
    html: bool = False
    refuse: bool = False
    leak: bool = False
    text: str = ""

    def failing(self) -> int:
        """The status to fail with, or 0."""
        count = self.fail.get("count", 1)
        if not self.fail or count < 1:
            return 0
        if "count" in self.fail:
            self.fail["count"] = count - 1
        return int(self.fail["status"])

    def words(self, asked: Asked) -> str:
        """The answer's text: fixed, leaked, or derived from the last user message."""
        digest = hashlib.sha256(_NONCE.sub("", asked.user).encode()).hexdigest()[:12]
        text = self.text or (asked.system if self.leak else ANSWERED.format(digest=digest))
        if asked.schema is None:
            return text
        if self.bad_json > 0:
            self.bad_json -= 1
            return '{"unfinished": '
        if self.wrong_schema > 0:
            self.wrong_schema -= 1
            return '{"unexpected": true}'
        return self.text or orjson.dumps(fill(asked.schema, text)).decode()


class ClientGoneError(Exception):
    """The other side closed the connection before the answer was complete."""


class Exchange:
    """One request being answered."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._left: asyncio.Task[dict[str, Any]] | None = None

    async def body(self) -> bytes:
        parts = []
        while True:
            message = await self._receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(parts)

    async def pause(self, seconds: float | None) -> None:
        """Wait, for ever if None, but no longer than the client does."""
        self._left = self._left or asyncio.ensure_future(self._receive())
        if (await asyncio.wait({self._left}, timeout=seconds))[0]:
            raise ClientGoneError

    async def start(self, status: int, kind: str, **headers: str) -> None:
        fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode()), *fields]}
        )

    async def write(self, data: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def reply(self, status: int, data: object, **headers: str) -> None:
        payload = data.encode() if isinstance(data, str) else orjson.dumps(data)
        kind = "text/html" if isinstance(data, str) else "application/json"
        await self.start(status, kind, content_length=str(len(payload)), **headers)
        await self.write(payload, more=False)

    def close(self) -> None:
        if self._left:
            self._left.cancel()


class ModelApp:
    """The ASGI application: plain, because it must never be what a bench measures."""

    def __init__(self) -> None:
        self.behaviour, self.log = Behaviour(), deque[dict[str, Any]](maxlen=KEEP_CALLS)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        exchange = Exchange(receive, send)
        body = await exchange.body()
        dialect = dialect_of(scope["path"], scope["query_string"])
        if dialect is None:
            await self._command(scope["path"], body, exchange)
            return
        asked = dialect.read(scope["path"], orjson.loads(body))
        call = {
            "provider": dialect.name,
            "model": asked.model,
            "stream": asked.stream,
            "body": orjson.Fragment(body),
            "time": time.time(),
            "peer": scope["client"][1],
            "traceparent": dict(scope["headers"]).get(b"traceparent", b"").decode(),
            "ended": None,
            "disconnected": False,
        }
        self.log.append(call)
        try:
            await self._answer(dialect, asked, exchange)
        except ClientGoneError:
            call["disconnected"] = True
        finally:
            call["ended"] = time.time()
            exchange.close()

    async def _command(self, path: str, body: bytes, exchange: Exchange) -> None:
        match path:
            case "/control":
                self.behaviour = Behaviour(**orjson.loads(body))
                await exchange.reply(200, asdict(self.behaviour))
            case "/log":
                await exchange.reply(200, list(self.log))
            case "/reset":
                self.behaviour = Behaviour()
                self.log.clear()
                await exchange.reply(200, {})
            case _:
                await exchange.reply(404, {"error": f"nothing at {path}"})

    async def _answer(self, dialect: Dialect, asked: Asked, exchange: Exchange) -> None:
        behaviour = self.behaviour
        if behaviour.delay:
            await exchange.pause(behaviour.delay)
        if behaviour.reject_key:
            status, said = dialect.rejection()
            await exchange.reply(status, said)
        elif status := behaviour.failing():
            headers = {"retry_after": str(after)} if (after := behaviour.fail.get("retry_after")) is not None else {}
            await exchange.reply(status, dialect.failure(status), **headers)
        elif behaviour.html:
            await exchange.reply(200, "<html><body>Sign in to the hotel's network</body></html>")
        elif asked.stream:
            pieces = _split(behaviour.words(asked), behaviour.chunks)
            await self._stream(dialect.events(asked, pieces, behaviour.refuse), exchange)
        else:
            await self._plain(dialect.answer(asked, behaviour.words(asked), behaviour.refuse), exchange)

    async def _plain(self, answer: dict[str, Any], exchange: Exchange) -> None:
        if self.behaviour.stall_after is not None:
            await exchange.pause(None)
        if self.behaviour.truncate_after is None:
            await exchange.reply(200, answer)
            return
        payload = orjson.dumps(answer)
        await exchange.start(200, "application/json", content_length=str(len(payload)))
        await exchange.write(payload[: len(payload) // 2])

    async def _stream(self, events: Events, exchange: Exchange) -> None:
        behaviour = self.behaviour
        await exchange.start(200, "text/event-stream")
        for event in events.opening:
            await exchange.write(event)
        for index, piece in enumerate(events.pieces):
            if index == behaviour.truncate_after:
                return  # without the last body message the server cuts the connection
            if index == behaviour.stall_after:
                await exchange.pause(None)
            if index == behaviour.end_after:
                await exchange.write(b"", more=False)
                return
            if behaviour.chunk_delay:
                await exchange.pause(behaviour.chunk_delay)
            await exchange.write(piece)
        await exchange.write(b"".join(events.closing), more=False)


def _split(text: str, chunks: int) -> list[str]:
    if not chunks:
        return re.findall(r"\S+\s*", text)
    size = -(-len(text) // chunks)
    return [text[start : start + size] for start in range(0, len(text), size)]


class ModelServer:
    """That server in a process of its own, started on a free port and stopped by its id."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.model_server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self._wait_until_ready(deadline=time.monotonic() + 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _wait_until_ready(self, deadline: float) -> None:
        while True:
            try:
                self.calls()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.02)

    def behave(self, **behaviour: Any) -> None:
        """Replace the behaviour; see `Behaviour` for its fields."""
        self._request("/control", behaviour)

    def calls(self) -> list[dict[str, Any]]:
        """The calls since the last reset, oldest first."""
        return list(self._request("/log"))

    def reset(self) -> None:
        self._request("/reset", {})

    def openai_env(self, model: str = "gpt-4o-mini") -> dict[str, str]:
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": MODEL_KEY, "AI_MODEL": f"openai:{model}"}

    def gemini_env(self, model: str = "gemini-2.5-flash") -> dict[str, str]:
        return {"GEMINI_BASE_URL": self.url, "GEMINI_API_KEY": MODEL_KEY, "AI_MODEL": f"gemini:{model}"}

    def anthropic_env(self, model: str = "claude-haiku-4-5") -> dict[str, str]:
        return {"ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": MODEL_KEY, "AI_MODEL": f"anthropic:{model}"}

    def _request(self, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(self.url + path, None if body is None else orjson.dumps(body))
        with urllib.request.urlopen(request, timeout=5) as reply:
            return orjson.loads(reply.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port, which is printed")
    config = uvicorn.Config(
        ModelApp(), port=parser.parse_args().port, log_level="critical", access_log=False, lifespan="off", ws="none"
    )
    listener = config.bind_socket()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
