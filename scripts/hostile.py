"""What hostile clients cost a running service: `python -m scripts.hostile` prints what docs/security.md sums up.

Linux only, because it reads processor time and memory from /proc.
"""

import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from tests.support.service import API_KEY, TEXT, Service

PROCESS = "/v1/trial/process"
SLOW_SOCKETS = 1000
SAMPLES = 500
LARGEST = 1_048_576
HEAD = f"POST {PROCESS} HTTP/1.1\r\nHost: x\r\nX-API-Key: {API_KEY}\r\nContent-Type: application/json\r\n"


def body_of(text: str) -> bytes:
    return json.dumps({"operation": "summarize", "text": text}, ensure_ascii=False).encode()


REQUESTS: dict[str, Callable[[], Iterator[bytes]]] = {
    "body at the limit": lambda: sent(b" " * (LARGEST - 200) + body_of(TEXT)),
    "body over the limit": lambda: sent(b" " * (LARGEST + 1)),
    "endless chunked body": lambda: chunked(64),
    "endless header": lambda: iter([b"GET / HTTP/1.1\r\nX: ", *[b"y" * 65_536] * 64]),
    "100 KB key": lambda: iter([b"GET / HTTP/1.1\r\nHost: x\r\nX-API-Key: " + b"y" * 100_000 + b"\r\n\r\n"]),
    "10,000 headers": lambda: iter([b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000 + b"\r\n"]),
    "deep JSON": lambda: sent(b"[" * LARGEST),
    "many fields": lambda: sent(b"{" + b",".join(b'"f%d":1' % n for n in range(80_000)) + b"}"),
    "huge number": lambda: sent(b'{"operation": "summarize", "text": ' + b"9" * 1_000_000 + b"}"),
    "50 long items": lambda: sent(
        json.dumps({"requests": [{"operation": "summarize", "text": "tea " * 2400}] * 50}).encode(), "batch_process"
    ),
}
STRINGS = {
    "one letter": "a" * LARGEST,
    "no end of sentence": "tea and " * (LARGEST // 8),
    "full stops": ". " * (LARGEST // 2),
    "brackets": "(" * LARGEST,
    "base64": "QUJD" * (LARGEST // 4),
    "invisible": "\u200b" * (LARGEST // 3),
    "combining": "e" + "\u0301" * (LARGEST // 2 - 1),
    "confusables": "аеорсух" * (LARGEST // 14),
    "links": "https://a.b/" * (LARGEST // 12),
    "quotes": '\\"' * (LARGEST // 4),
    "emoji": "👩‍🚀" * (LARGEST // 11),
    "spaces": "a" + " " * (LARGEST - 2),
    "keys": "sk-" * (LARGEST // 3),
    "digits": "4111 1111 " * (LARGEST // 10),
}


def sent(body: bytes, where: str = "process") -> Iterator[bytes]:
    head = HEAD.replace("/process ", f"/{where} ")
    yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(pieces: int) -> Iterator[bytes]:
    yield f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()
    for _ in range(pieces):
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"


def exchange(port: int, pieces: Iterator[bytes]) -> str:
    """The status line that came back, or why none did."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
        try:
            return connection.recv(65_536).partition(b"\r\n")[0].decode()[9:] or "closed"
        except OSError:
            return "reset"


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def latencies(client: httpx2.Client) -> list[float]:
    taken = []
    for _ in range(SAMPLES):
        begun = time.perf_counter()
        client.get("/v1/auth/status")
        taken.append(time.perf_counter() - begun)
    return taken


@contextmanager
def watched(service: Service) -> Iterator[list[float]]:
    """How long /livez takes meanwhile: the longest is the longest stall that a neighbour sees."""
    ended, seen = threading.Event(), list[float]()

    def watch() -> None:
        with service.connect(None) as client:
            while not (seen and ended.is_set()):
                begun = time.perf_counter()
                client.get("/livez")
                seen.append(time.perf_counter() - begun)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def slow_sockets(service: Service) -> None:
    latencies(service.client)
    calm = statistics.median(latencies(service.client))
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(SLOW_SOCKETS)]
    for one in slow:
        one.sendall(b"GET / HTTP/1.1\r\nX: ")
    attacked = statistics.median(latencies(service.client))
    for one in slow:
        one.close()
    print(f"| {SLOW_SOCKETS} slow sockets | latency of a normal client {attacked / calm:.2f} times the usual |")


def pathological(service: Service, name: str, text: str) -> None:
    """As one text of the body's size, which is refused, and as a batch of texts of the longest size."""
    item = len(body_of(text[:9_900])) + 20
    items = [{"operation": "summarize", "text": f"{n} {text[:9_900]}"} for n in range(min(50, LARGEST // item))]
    batch = json.dumps({"requests": items}, ensure_ascii=False).encode()
    begun = processor_seconds(service.process.pid)
    with watched(service) as seen:
        answers = [
            exchange(service.port, sent(body_of(text[: LARGEST // 4]))),
            exchange(service.port, sent(batch, "batch_process")),
        ]
    spent = processor_seconds(service.process.pid) - begun
    print(f"| {name}: {' and '.join(answers)} | stall {max(seen) * 1e3:.0f} ms, processor {spent * 1e3:.0f} ms |")


def main() -> None:
    print("| what | effect |\n|---|---|")
    with Service(HEADER_TIMEOUT_SECONDS="60") as service:
        slow_sockets(service)
        pid = service.process.pid
        service.process_text()
        for name, request in REQUESTS.items():
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
            before = peak_bytes(pid)
            answer = exchange(service.port, request())
            print(f"| {name} | {answer}, {(peak_bytes(pid) - before) / 2**20:.1f} MB more |")
        for name, text in STRINGS.items():
            pathological(service, name, text)


if __name__ == "__main__":
    main()
