"""Summarize every text of a folder, and go on where a run stopped.

`API_KEY=... python examples/clients/folder.py texts summaries.jsonl`

The results are the state: each finished file is a line, which is on the disk before the next file is taken up. A file
that has changed since is asked about again; one that failed is tried again by the next run.
"""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import Progress

URL = os.environ.get("API_URL", "http://127.0.0.1:8000")
AT_ONCE = 4
TRIES = 5


class Results:
    """The finished files, one JSON object in each line."""

    def __init__(self, path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]  # a killed run may leave half a line
        self._file = path.open("ab")
        self._file.truncate(sum(map(len, whole)))
        self._done = {(entry["file"], entry["sha256"]) for entry in map(json.loads, whole)}

    def __contains__(self, item: tuple[str, str]) -> bool:
        return item in self._done

    def add(self, **entry: Any) -> None:
        self._file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


async def summarize(client: httpx2.AsyncClient, raw: bytes) -> dict[str, Any]:
    """The reply; waits and asks again where the service says that this may help."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return {"error": {"message": str(error)}}
    for left in reversed(range(TRIES)):
        response = await client.post("/v1/text_processing/process", json={"operation": "summarize", "text": text})
        reply: dict[str, Any] = response.json()
        if response.is_success or not (left and reply["error"]["retryable"]):
            break
        await asyncio.sleep(float(response.headers.get("Retry-After", "1")))
    return reply


async def run(texts: dict[Path, bytes], results: Results, console: Console) -> int:
    """The number of files that failed."""
    digests = {path: hashlib.sha256(text).hexdigest() for path, text in texts.items()}
    waiting = [path for path in texts if (path.name, digests[path]) not in results]
    console.print(f"{len(texts)} files, {len(texts) - len(waiting)} done before")
    failed, slots = 0, asyncio.Semaphore(AT_ONCE)
    headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
    async with httpx2.AsyncClient(base_url=URL, headers=headers, timeout=90) as client:
        with Progress(console=console) as progress:
            task = progress.add_task("Summarizing", total=len(texts), completed=len(texts) - len(waiting))

            async def settle(path: Path) -> None:
                nonlocal failed
                async with slots:
                    reply = await summarize(client, texts[path])
                if "error" in reply:
                    failed += 1
                    console.print(f"{path.name}: {reply['error']['message']}")
                else:
                    results.add(file=path.name, sha256=digests[path], result=reply["result"], usage=reply["usage"])
                progress.advance(task)

            async with asyncio.TaskGroup() as group:
                for path in waiting:
                    group.create_task(settle(path))
    return failed


def main() -> None:
    texts = {path: path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.txt"))}
    results = Results(Path(sys.argv[2]))
    try:
        failed = asyncio.run(run(texts, results, Console(markup=False)))
    except* httpx2.TransportError:
        sys.exit(f"{URL} cannot be reached; run again to go on")
    if failed:
        sys.exit(f"{failed} files failed; run again to try them again")


if __name__ == "__main__":
    main()
