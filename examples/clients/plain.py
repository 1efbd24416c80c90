"""Summarize a file over plain HTTP: `API_KEY=... python examples/clients/plain.py notes.txt`.

`API_URL` names the service, by default `http://127.0.0.1:8000`.
"""

import os
import sys
from pathlib import Path

import httpx2

URL = os.environ.get("API_URL", "http://127.0.0.1:8000")


def summarize(client: httpx2.Client, text: str, words: int) -> str:
    body = {"operation": "summarize", "text": text, "options": {"max_length": words}}
    response = client.post("/v1/text_processing/process", json=body)
    reply = response.json()
    if response.is_error:
        error = reply["error"]
        sys.exit(f"{response.status_code} {error['code']}: {error['message']} (request {error['request_id']})")
    print(f"{reply['source']} in {reply['processing_time']:.3f} s, ${reply['usage']['cost_usd']}", file=sys.stderr)
    return str(reply["result"])


def main() -> None:
    headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    try:
        with httpx2.Client(base_url=URL, headers=headers, timeout=90) as client:
            print(summarize(client, text, words=40))
    except httpx2.TransportError as error:
        sys.exit(f"{URL} cannot be reached: {error}")


if __name__ == "__main__":
    main()
