"""The three wire formats that the model server speaks, each as small as its SDK allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, whatever its format."""

    model: str
    stream: bool
    system: str
    user: str
    schema: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Events:
    """A streamed answer: what precedes the text, one event for each piece of it, and what ends it."""

    opening: Sequence[bytes]
    pieces: Sequence[bytes]
    closing: Sequence[bytes]


class Dialect(Protocol):
    name: str

    def read(self, path: str, body: dict[str, Any]) -> Asked: ...
    def answer(self, asked: Asked, text: str, refuse: bool) -> dict[str, Any]: ...
    def events(self, asked: Asked, pieces: Sequence[str], refuse: bool) -> Events: ...
    def failure(self, status: int) -> dict[str, Any]: ...
    def rejection(self) -> tuple[int, dict[str, Any]]:
        """Status and body for a wrong key."""
        ...


def _words(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)


def _text_of(content: str | list[dict[str, Any]] | None) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content or [])


def _sse(data: dict[str, Any], event: str = "") -> bytes:
    return (f"event: {event}\n".encode() if event else b"") + b"data: " + orjson.dumps(data) + b"\n\n"


class OpenAI:
    name = "openai"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        said = {message["role"]: _text_of(message["content"]) for message in body["messages"]}
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        system = said.get("system") or said.get("developer", "")
        return Asked(body["model"], body.get("stream", False), system, said.get("user", ""), schema)

    def answer(self, asked: Asked, text: str, refuse: bool) -> dict[str, Any]:
        said = {"content": None, "refusal": "I cannot help with that."} if refuse else {"content": text}
        choice = {"index": 0, "message": {"role": "assistant", **said}, "finish_reason": "stop"}
        return {**self._frame(asked, "chat.completion"), "choices": [choice], "usage": self._usage(asked, text)}

    def events(self, asked: Asked, pieces: Sequence[str], refuse: bool) -> Events:
        key = "refusal" if refuse else "content"
        usage = {**self._frame(asked, "chat.completion.chunk"), "choices": [], "usage": self._usage(asked, *pieces)}
        opening = [self._chunk(asked, {"role": "assistant", "content": ""})]
        closing = [self._chunk(asked, {}, "stop"), _sse(usage), b"data: [DONE]\n\n"]
        return Events(opening, [self._chunk(asked, {key: piece}) for piece in pieces], closing)

    def failure(self, status: int) -> dict[str, Any]:
        return {"error": {"message": f"simulated {status}", "type": "simulated", "code": None}}

    def rejection(self) -> tuple[int, dict[str, Any]]:
        return 401, self.failure(401)

    def _chunk(self, asked: Asked, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _sse({**self._frame(asked, "chat.completion.chunk"), "choices": [choice]})

    def _frame(self, asked: Asked, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1_767_225_600, "model": asked.model}

    def _usage(self, asked: Asked, *texts: str) -> dict[str, int]:
        came, left = _words(asked.system, asked.user), _words(*texts)
        return {"prompt_tokens": came, "completion_tokens": left, "total_tokens": came + left}


class Gemini:
    name = "gemini"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        model, _, action = path.rpartition("/")[2].partition(":")
        config = body.get("generationConfig", {})
        said = [_text_of(turn["parts"]) for turn in body["contents"] if turn.get("role") != "model"]
        system = _text_of((body.get("systemInstruction") or {}).get("parts"))
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        return Asked(model, action.startswith("stream"), system, said[-1], schema)

    def answer(self, asked: Asked, text: str, refuse: bool) -> dict[str, Any]:
        return self._frame(asked, "" if refuse else text, "SAFETY" if refuse else "STOP")

    def events(self, asked: Asked, pieces: Sequence[str], refuse: bool) -> Events:
        closing = self._frame(asked, "", "SAFETY" if refuse else "STOP", spoken=() if refuse else pieces)
        said = [] if refuse else [_sse(self._frame(asked, piece, None)) for piece in pieces]
        return Events([], said, [_sse(closing)])

    def failure(self, status: int) -> dict[str, Any]:
        return {"error": {"code": status, "message": f"simulated {status}", "status": "SIMULATED"}}

    def rejection(self) -> tuple[int, dict[str, Any]]:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        said = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": [info]}
        return 400, {"error": said}

    def _frame(self, asked: Asked, text: str, finish: str | None, spoken: Sequence[str] = ()) -> dict[str, Any]:
        came, left = _words(asked.system, asked.user), _words(text, *spoken)
        candidate = {"index": 0, "content": {"role": "model", "parts": [{"text": text}] if text else []}}
        return {
            "candidates": [{**candidate, "finishReason": finish} if finish else candidate],
            "usageMetadata": {
                "promptTokenCount": came,
                "candidatesTokenCount": left,
                "totalTokenCount": came + left,
            },
            "modelVersion": asked.model,
            "responseId": "response-1",
        }


class GeminiArray(Gemini):
    """What Gemini streams without `alt=sse`: one JSON array, in pieces."""

    def events(self, asked: Asked, pieces: Sequence[str], refuse: bool) -> Events:
        sent = super().events(asked, pieces, refuse)
        rows = [event.removeprefix(b"data: ").strip() for event in (*sent.pieces, *sent.closing)]
        rows = [b"[" + rows[0], *(b"," + row for row in rows[1:])]
        return Events([], rows[:-1], [rows[-1] + b"]"])


class Anthropic:
    name = "anthropic"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        user = [_text_of(message["content"]) for message in body["messages"] if message["role"] == "user"][-1]
        schema = body.get("output_config", {}).get("format", {}).get("schema")
        return Asked(body["model"], body.get("stream", False), _text_of(body.get("system")), user, schema)

    def answer(self, asked: Asked, text: str, refuse: bool) -> dict[str, Any]:
        usage = {"input_tokens": _words(asked.system, asked.user), "output_tokens": _words(text)}
        content = [] if refuse else [{"type": "text", "text": text}]
        return {**self._message(asked, self._stop(refuse)), "content": content, "usage": usage}

    def events(self, asked: Asked, pieces: Sequence[str], refuse: bool) -> Events:
        usage = {"input_tokens": _words(asked.system, asked.user), "output_tokens": 1}
        message = {**self._message(asked, None), "content": [], "usage": usage}
        opening = [
            self._event("message_start", message=message),
            self._event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        ]
        deltas = [{"type": "text_delta", "text": piece} for piece in ([] if refuse else pieces)]
        stop = {"stop_reason": self._stop(refuse), "stop_sequence": None}
        closing = [
            self._event("content_block_stop", index=0),
            self._event("message_delta", delta=stop, usage={"output_tokens": _words(*pieces)}),
            self._event("message_stop"),
        ]
        return Events(opening, [self._event("content_block_delta", index=0, delta=delta) for delta in deltas], closing)

    def failure(self, status: int) -> dict[str, Any]:
        return {"type": "error", "error": {"type": "simulated", "message": f"simulated {status}"}}

    def rejection(self) -> tuple[int, dict[str, Any]]:
        return 401, self.failure(401)

    def _stop(self, refuse: bool) -> str:
        return "refusal" if refuse else "end_turn"

    def _event(self, kind: str, **data: Any) -> bytes:
        return _sse({"type": kind, **data}, kind)

    def _message(self, asked: Asked, stop: str | None) -> dict[str, Any]:
        frame = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked.model}
        return {**frame, "stop_reason": stop, "stop_sequence": None}


def dialect_of(path: str, query: bytes = b"") -> Dialect | None:
    """The format spoken at that path, if any."""
    if path == "/v1/chat/completions":
        return OpenAI()
    if path == "/v1/messages":
        return Anthropic()
    if not path.startswith("/v1beta/models/"):
        return None
    return GeminiArray() if path.endswith(":streamGenerateContent") and b"alt=sse" not in query else Gemini()
