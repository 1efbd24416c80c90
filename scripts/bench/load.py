"""Clients that ask in a row, many at once: wrk where it is installed, else coroutines of our own."""

import asyncio
import itertools
import json
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
import uvloop

from scripts.bench.bare import KEY

WRK = shutil.which("wrk")
NEW = 10**8
"""More variants of a text than a run can ask for, so every request is a new one."""

_SENTENCES = "Tea was late again. The guests did not mind, because the cake was excellent. " * 8
_MARK = "--number"
_WRK_SCRIPT = """
local head, tail, variants, n = %s, %s, %d, %d
function request()
  n = n + 1
  return head .. string.format("%%08d", n %% variants) .. tail
end
function done(all, latency)
  local e = all.errors
  io.write(string.format('{"requests": %%d, "seconds": %%f, "p50": %%f, "p99": %%f, "failed": %%d}', all.requests,
    all.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    e.status + e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Clients:
    """So many at once for so many seconds, each resting for `pause` seconds after each answer."""

    number: int
    seconds: float
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the clients saw; times in seconds, `first` is the median time to the first byte or token."""

    requests: int
    seconds: float
    p50: float
    p99: float
    first: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """An address to post texts of 600 characters to, in so many variants, told apart by a number at their end."""

    port: int
    path: str = "/v1/trial/process"
    variants: int = NEW

    def drive(self, clients: Clients) -> Sample:
        return self._by_wrk(clients) if WRK and not clients.pause else uvloop.run(self.by_coroutines(clients))

    def listen(self, clients: Clients) -> Sample:
        """The same with coroutines in any case: wrk cannot tell when a stream began."""
        return uvloop.run(self.by_coroutines(clients))

    def request(self) -> tuple[bytes, bytes]:
        """The request's bytes before and after the number of eight digits."""
        body = json.dumps({"operation": "summarize", "text": numbered(_MARK)})
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {KEY.decode()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        before, _, after = (head + body).encode().partition(_MARK.encode())
        return before, after

    def _by_wrk(self, clients: Clients) -> Sample:
        head, tail = (json.dumps(part.decode()) for part in self.request())
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_WRK_SCRIPT % (head, tail, self.variants, random.randrange(NEW)))
            script.flush()
            options = ["-t1", f"-c{clients.number}", f"-d{max(1, round(clients.seconds))}", "-s", script.name]
            url = f"http://127.0.0.1:{self.port}{self.path}"
            run = subprocess.run([str(WRK), *options, url], capture_output=True, text=True, check=True)
        found = orjson.loads(run.stdout[run.stdout.index("{") :])
        if failed := found.pop("failed"):
            raise RuntimeError(f"{failed} requests to {url} failed")
        return Sample(**found)

    async def by_coroutines(self, clients: Clients) -> Sample:
        before, after = self.request()
        numbers = itertools.count(random.randrange(NEW))
        async with asyncio.TaskGroup() as group:
            opening = [
                group.create_task(asyncio.open_connection("127.0.0.1", self.port)) for _ in range(clients.number)
            ]
        connections = [one.result() for one in opening]

        def caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Callable[[], Awaitable[float]]:
            async def call() -> float:
                writer.write(b"%b%08d%b" % (before, next(numbers) % self.variants, after))
                return await _answer(reader)

            return call

        sample = await drive([caller(*connection) for connection in connections], clients)
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()
        return sample


def numbered(number: str) -> str:
    """A text of 600 characters that ends in a number of eight digits."""
    return f"{_SENTENCES[:591]} {number}"


async def drive(calls: list[Callable[[], Awaitable[float]]], clients: Clients) -> Sample:
    """One client for each call, which gives the moment of its first byte."""
    latencies: list[float] = []
    firsts: list[float] = []
    started = time.perf_counter()

    async def repeat(call: Callable[[], Awaitable[float]]) -> None:
        await asyncio.sleep(random.random() * clients.pause)
        while (begun := time.perf_counter()) < started + clients.seconds:
            first = await call()
            latencies.append(time.perf_counter() - begun)
            firsts.append(first - begun)
            if clients.pause:
                await asyncio.sleep(clients.pause)

    await asyncio.gather(*map(repeat, calls))
    latencies.sort()
    seconds, total = time.perf_counter() - started, len(latencies)
    return Sample(total, seconds, latencies[total // 2], latencies[total * 99 // 100], statistics.median(firsts))


async def _answer(reader: asyncio.StreamReader) -> float:
    """Read one answer to its end; the moment at which its head was there. Raises RuntimeError unless it is a 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    first = time.perf_counter()
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode("latin-1"))
    _, sized, length = head.lower().partition(b"content-length:")
    if sized:
        await reader.readexactly(int(length.partition(b"\r\n")[0]))
        return first
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)
    return first
