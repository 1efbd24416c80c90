"""The bench's own arithmetic and its own client; what it measures is not asserted anywhere."""

import asyncio

import pytest

from scripts.bench.load import Clients, Target, drive, numbered
from scripts.bench.measure import Quartiles, Row, differences, in_turn, ratios
from scripts.bench.report import misses, table

QUARTILES = Quartiles(0.9, 1.0, 1.2)


def identity(value: float) -> float:
    return value


def test_the_sides_take_turns_and_the_first_slices_are_dropped() -> None:
    calls: list[str] = []

    def side(name: str) -> int:
        calls.append(name)
        return len(calls)

    assert in_turn(lambda: side("ours"), lambda: side("yardstick"), 2) == [(3, 4), (5, 6)]
    assert calls == ["ours", "yardstick"] * 3


def test_ratios_and_differences_are_of_pairs_and_not_of_medians() -> None:
    pairs = [(1.0, 2.0), (30.0, 10.0), (4.0, 4.0)]
    assert ratios(pairs, identity) == Quartiles(0.75, 1.0, 2.0)
    assert differences(pairs, identity) == Quartiles(-0.5, 0.0, 10.0)


@pytest.mark.parametrize(
    ("target", "at_most", "met"), [(1.0, False, True), (1.1, False, False), (1.0, True, True), (0.99, True, False)]
)
def test_the_median_decides_whether_a_target_is_met(target: float, at_most: bool, met: bool) -> None:
    assert Row("path", "measure", QUARTILES, target, at_most).met is met


def test_the_page_names_every_miss_and_only_misses() -> None:
    rows = [Row("fast path", "requests/s", QUARTILES, 0.9), Row("slow path", "requests/s", QUARTILES, 1.5)]
    assert "slow path, requests/s: 1.00 [0.90 to 1.20], wanted 1.5 or more" in misses(rows)
    assert "fast path" not in misses(rows)
    assert "None." in misses(rows[:1])
    assert table(rows).count("\n") == 3


def test_texts_are_600_characters_whatever_their_number() -> None:
    assert {len(numbered(f"{number:08d}")) for number in (0, 7, 99_999_999)} == {600}


async def test_clients_rest_between_their_calls_and_every_call_is_counted() -> None:
    calls = 0

    async def call() -> float:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    sample = await drive([call, call], Clients(2, 0.05, pause=0.001))
    assert sample.requests == calls
    assert sample.p50 <= sample.p99


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n",
    ],
)
async def test_our_own_client_reads_whole_answers_on_one_connection(answer: bytes) -> None:
    received: list[bytes] = []
    connections, gone = 0, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        before, after = target.request()
        while True:
            try:
                received.append(await reader.readexactly(len(before) + 8 + len(after)))
            except asyncio.IncompleteReadError:
                break
            writer.write(answer)
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        target = Target(server.sockets[0].getsockname()[1])
        sample = await target.by_coroutines(Clients(1, 0.05))
        await gone.wait()
    assert sample.requests == len(received) > 0
    assert connections == 1
    assert len(set(received)) == len(received)
