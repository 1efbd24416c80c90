"""Make a fork in a temporary folder with the commands of `docs/make-it-yours.md`, and time each:
`make rehearse`, with `FORK=../acme-gate` to keep it.

The fork begins as a copy of this working copy in one commit. It installs from the lock files, from uv's cache as far as
that goes.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from scripts.fork.tree import files, git

ROOT = Path(__file__).parents[2]
GUIDE = "docs/make-it-yours.md"
BLOCK = re.compile(r"(<!-- not run: .+ -->\n)?```sh\n(.*?)```", re.DOTALL)
STARTS_WITHIN = 60.0
LINES, WIDTH = 4, 108


def commands(guide: str) -> Iterator[str]:
    """The lines of the page's shell blocks, but for those that say why they are not run."""
    for not_run, block in BLOCK.findall(guide):
        if not not_run:
            yield from block.splitlines()


def copy(root: Path, fork: Path) -> None:
    """The files of a working copy as the first commit of another."""
    for path in files(root):
        place = fork / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    git(fork, "init", "-q", "--initial-branch", "main")
    git(fork, "config", "user.name", "A fork")
    git(fork, "config", "user.email", "fork@example.com")
    git(fork, "add", "-A")
    git(fork, "commit", "-q", "-m", "The template")


def seed(fork: Path) -> None:
    """Give the fork an environment with uv in it, so that its installation needs no network if uv's cache has all."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fork / ".venv"], check=True)
    shutil.copy2(Path(sys.executable).with_name("uv"), fork / ".venv/bin/uv")
    (fork / ".venv/uv").touch()


def run(fork: Path, command: str) -> str:
    """What a command says; raises CalledProcessError with it."""
    if target := re.fullmatch(r"make (run\S*)", command):
        return ask_and_stop(fork, target[1])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=fork,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    return done.stdout


def ask_and_stop(fork: Path, target: str) -> str:
    """Start the service with `make`, see which domains it has, and end it as Ctrl-C does."""
    with tempfile.TemporaryFile("w+") as log:
        port = free_port()
        settings = environment() | {"BACKEND_PORT": str(port)}
        process = subprocess.Popen(
            ["make", target], cwd=fork, env=settings, stdout=log, stderr=log, start_new_session=True
        )
        try:
            said = first_page(port, process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(30)
        log.seek(0)
        if said is None:
            raise subprocess.CalledProcessError(process.returncode, f"make {target}", log.read())
    return f"/v1/ lists {', '.join(json.loads(said)['domains'])}"


def first_page(port: int, process: "subprocess.Popen[bytes]") -> str | None:
    """What `/v1/` says, once somebody answers there; None when nobody does."""
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/", timeout=5) as response:
                return str(response.read().decode())
        except (OSError, HTTPException):
            time.sleep(0.1)
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """Ours, without what this process's own make, tests, coverage and settings have put there."""
    unwanted = re.compile(r"MAKE|MFLAGS|PYTEST_|COVERAGE_|VIRTUAL_ENV|PYTHONPATH|GIT_|FORCE")
    return {name: value for name, value in os.environ.items() if not unwanted.match(name)}


def rehearse(fork: Path) -> int:
    started = time.perf_counter()
    copy(ROOT, fork)
    seed(fork)
    for command in commands((ROOT / GUIDE).read_text(encoding="utf-8")):
        began = time.perf_counter()
        try:
            said = run(fork, command)
        except subprocess.CalledProcessError as failed:
            print(failed.output, f"failed with {failed.returncode}: {command}", sep="\n", file=sys.stderr)
            return 1
        print(f"{time.perf_counter() - began:6.1f} s  {command}", *excerpt(said), sep="\n" + " " * 12, flush=True)
    print(f"{time.perf_counter() - started:6.1f} s  in all")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="keep the fork there")
    if folder := parser.parse_args().folder:
        return rehearse(folder)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as temporary:
        return rehearse(Path(temporary) / "fork")


def excerpt(said: str) -> list[str]:
    """The last lines of an output, cut to the width of a screen."""
    lines = [line.rstrip()[:WIDTH] for line in said.splitlines() if line.strip()]
    return lines[-LINES:]


if __name__ == "__main__":
    sys.exit(main())
