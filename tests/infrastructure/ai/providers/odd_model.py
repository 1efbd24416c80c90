"""A model that answers with whatever bytes it is given, among them JSON that no encoder writes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

USAGE = '{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}'

_FRAME = '{"id":"1","object":"chat.completion%s","created":1,"model":"odd","choices":[%s],"usage":%s}'
_CHOICE = '{"index":0,"%s":{"role":"assistant","content":"%s"},"finish_reason":%s}'


class OddModel:
    """An OpenAI-compatible server in a thread. `accepted` is the Accept-Encoding of the last request."""

    accepted = ""

    def __enter__(self) -> Self:
        self.says("Tea.")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def env(self) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self._server.server_port}/v1",
            "OPENAI_API_KEY": "sk-odd",
            "AI_MODEL": "openai:odd",
        }

    def says(self, *pieces: str, usage: str = USAGE, before: str = "") -> None:
        """Pieces as they stand between the quotes of JSON strings; `before` is repeated in front of all, as padding."""
        whole = _CHOICE % ("message", "".join(pieces), '"stop"')
        self.plain = (before + _FRAME % ("", whole, usage)).encode()
        deltas = [_CHOICE % ("delta", piece, "null") for piece in pieces] + [_CHOICE % ("delta", "", '"stop"')]
        events = [_FRAME % (".chunk", delta, "null") for delta in deltas] + [_FRAME % (".chunk", "", usage), "[DONE]"]
        self.status, self.headers = 200, dict[str, str]()
        self.streamed = (before + "".join(f"data: {event}\n\n" for event in events)).encode()

    def sends(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.plain = self.streamed = body
        self.status, self.headers = status, headers


def _handler(model: OddModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            streams = b'"stream":true' in self.rfile.read(int(self.headers["Content-Length"]))
            model.accepted = self.headers["Accept-Encoding"]
            body = model.streamed if streams else model.plain
            self.send_response(model.status)
            self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in model.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # the client has had enough
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Requests are not logged."""

    return Handler
