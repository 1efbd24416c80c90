"""Watch an answer grow in the terminal: `API_KEY=... python examples/clients/stream.py notes.txt`."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console, Group
from rich.live import Live
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

URL = os.environ.get("API_URL", "http://127.0.0.1:8000")


def events(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Name and data of each server-sent event; each of ours has its data in one line."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def show(lines: Iterable[str], console: Console) -> dict[str, Any]:
    """Draw the pieces as they come; the whole reply, or the error that ended the stream."""
    said = Text()
    progress = Progress(SpinnerColumn(), TextColumn("{task.completed} pieces"), TimeElapsedColumn(), console=console)
    task = progress.add_task("answering", total=None)
    end: dict[str, Any] = {"error": {"code": "cut", "message": "The connection ended in the middle of the answer."}}
    with Live(Group(said, progress), console=console, transient=True):
        for name, data in events(lines):
            if name == "delta":
                said.append(data["text"])
                progress.advance(task)
            elif name in ("done", "error"):
                end = data
    console.print(said, soft_wrap=True)
    return end


def ask(client: httpx2.Client, text: str) -> dict[str, Any]:
    body = {"operation": "summarize", "text": text}
    with client.stream("POST", "/v1/text_processing/stream", json=body) as response:
        if response.is_success:
            return show(response.iter_lines(), Console())
        response.read()
        return dict(response.json())


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
    try:
        with httpx2.Client(base_url=URL, headers=headers, timeout=90) as client:
            end = ask(client, text)
    except httpx2.TransportError as error:
        sys.exit(f"{URL} cannot be reached: {error}")
    if "error" in end:
        sys.exit(f"{end['error']['code']}: {end['error']['message']}")
    print(f"{end['source']}, {end['usage']['output_tokens']} tokens, request {end['request_id']}")


if __name__ == "__main__":
    main()
