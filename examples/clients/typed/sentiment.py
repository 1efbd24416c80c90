"""Judge the sentiment of a file through a client that was generated from the service's OpenAPI document.

In an environment of its own, because the generated code uses httpx, which the service does not:

    .venv/bin/uv venv .venv-typed
    .venv/bin/uv pip install --python .venv-typed/bin/python \\
        --require-hashes -r examples/clients/typed/requirements.lock
    .venv/bin/python -m app openapi > .venv-typed/openapi.json
    PATH=$PWD/.venv-typed/bin:$PATH openapi-python-client generate --path .venv-typed/openapi.json --meta none \\
        --output-path examples/clients/typed/gatehouse_client
    API_KEY=... .venv-typed/bin/python examples/clients/typed/sentiment.py notes.txt
"""

import os
import sys
from pathlib import Path

from gatehouse_client import AuthenticatedClient
from gatehouse_client.api.text_processing import text_processing_process as process
from gatehouse_client.models import ErrorEnvelope, SentimentReply, SentimentRequest

URL = os.environ.get("API_URL", "http://127.0.0.1:8000")


def main() -> None:
    request = SentimentRequest(operation="sentiment", text=Path(sys.argv[1]).read_text(encoding="utf-8"))
    with AuthenticatedClient(URL, os.environ["API_KEY"], raise_on_unexpected_status=True) as client:
        match process.sync(client=client, body=request):
            case SentimentReply(result=found, source=source):
                print(f"{found.sentiment.value} ({found.confidence:.0%}, {source.value}): {found.explanation}")
            case ErrorEnvelope(error=error):
                sys.exit(f"{error.code}: {error.message}")


if __name__ == "__main__":
    main()
