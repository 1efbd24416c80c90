"""How the rehearsal asks the service that it starts, and that it leaves none behind."""

import socket
from pathlib import Path

import pytest

from scripts.fork.rehearse import ask_and_stop

MAKEFILE = "run:\n\t@exec python3 server.py\n"
SERVER = """
import os, socket, struct

with socket.create_server(("127.0.0.1", int(os.environ["BACKEND_PORT"]))) as server:
    open("port", "w").write(os.environ["BACKEND_PORT"])
    for answer in {answers!r}:
        asked, _ = server.accept()
        asked.recv(1000)
        if answer:
            asked.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\n" + answer)
        else:  # ends by a reset
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asked.close()
    server.accept()
"""
PAGE = b'{"domains": ["letters"]}'.ljust(100)


def fork(folder: Path, *answers: bytes) -> Path:
    """A fork whose `make run` answers so, one connection each, and then waits."""
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "server.py").write_text(SERVER.format(answers=answers))
    return folder


def test_a_page_that_is_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    assert ask_and_stop(fork(tmp_path, b"", b"half", PAGE), "run") == "/v1/ lists letters"


def test_a_service_that_answers_nonsense_is_stopped_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(UnicodeDecodeError):
        ask_and_stop(fork(tmp_path, b"\xff" * 100), "run")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int((tmp_path / "port").read_text())))
