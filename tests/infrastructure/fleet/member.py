"""A process of a fleet, until it is stopped: `python -m tests.infrastructure.fleet.member URL NAMESPACE`.

It prints its id when it has joined.
"""

import asyncio
import signal
import sys

from tests.infrastructure.fleet.helpers import Nodes
from tests.support.valkey import PATIENT


async def main(url: str, namespace: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with Nodes(url, timeout=PATIENT) as nodes:
        nodes.namespace = namespace
        (node,) = await nodes.join(1)
        node.fleet.on("seen", lambda _: {"told": node.told, "generations": node.generations})
        sys.stdout.write(node.id + "\n")
        sys.stdout.flush()
        await stopped.wait()


asyncio.run(main(*sys.argv[1:]))
