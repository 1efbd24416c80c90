"""A second program that lives as long as the server: the front end of `make run`."""

import os
import shlex
import signal
import subprocess  # nosec B404
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

ENDS_WITHIN = 10.0


@contextmanager
def beside(command: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a command with these variables until the block ends; an empty command is none."""
    if not command:
        yield
        return
    # The server ends on SIGTERM by raising it again once it has drained, which by default would skip what follows.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        process = subprocess.Popen(  # the operator's own command  # noqa: S603  # nosec B603
            shlex.split(command), env={**os.environ, **environment}
        )
    except (OSError, ValueError) as error:  # no such program, or a quotation that nobody closed
        sys.exit(f"--frontend: {error}")
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
