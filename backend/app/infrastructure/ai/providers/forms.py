"""The form that an answer is asked in: plain text, or JSON that follows a schema."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition

_WRAP = "answer"


@dataclass(frozen=True, slots=True)
class Form:
    """`wrapped` answers are the one field of an object, because providers take no other schema than an object's."""

    parameters: ModelRequestParameters
    wrapped: bool = False

    def unwrap(self, text: str) -> str:
        """The JSON of the answer itself; text that is not of this form comes back as it is."""
        if not self.wrapped:
            return text
        try:
            return orjson.dumps(orjson.loads(text)[_WRAP]).decode()
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return text


PLAIN = Form(ModelRequestParameters())


@cache
def form_of(adapter: TypeAdapter[Any], native: bool) -> Form:
    """`native` models take a schema beside the messages; to the others it is explained in words."""
    schema = adapter.json_schema()
    wrapped = schema.get("type") != "object"
    if wrapped:
        definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
        schema = {"type": "object", "properties": {_WRAP: schema}, "required": [_WRAP], **definitions}
    output = OutputObjectDefinition(json_schema=schema, name="answer")
    mode: Literal["native", "prompted"] = "native" if native else "prompted"
    return Form(ModelRequestParameters(output_mode=mode, output_object=output), wrapped)
