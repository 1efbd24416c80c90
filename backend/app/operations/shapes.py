"""The shapes of one domain: a request and a reply for each operation, and unions of them."""

from typing import Annotated, Any, Literal, TypeVar, Union, cast

from pydantic import BaseModel, Field, ValidationError, WrapValidator, create_model
from pydantic.config import JsonDict

from .catalogue import Catalogue
from .operation import Operation
from .schemas import (
    MOST_REQUESTS,
    AskedQuestion,
    BatchItem,
    BatchReply,
    BatchRequest,
    Material,
    Said,
    TextReply,
    TextRequest,
)

T = TypeVar("T", bound=BaseModel)


class Invalid:
    """A request of a batch that does not validate; it fails alone."""

    def __init__(self, error: ValidationError) -> None:
        self.errors = error.errors(include_url=False, include_input=False)


class Shapes:
    """`request` and `reply` are unions over the operations, of which there must be one."""

    def __init__(self, catalogue: Catalogue) -> None:
        operations = catalogue.operations.values()
        title = _title(catalogue.domain)
        self.requests = {op.name: _request(op) for op in operations}
        self.request = _one_of(list(self.requests.values()))
        self.reply = _one_of([_reply(op) for op in operations])
        self.batch_request = _batch_request(title, self.request)
        self.batch_reply = _batch_reply(title, self.reply)


def _request(op: Operation[Any, Any]) -> type[TextRequest]:
    optional = not any(field.is_required() for field in op.options.model_fields.values())
    fields: dict[str, Any] = {
        "operation": (Literal[op.name], ...),
        "text": (Annotated[Material, Field(description=TextRequest.model_fields["text"].description)], ...),
        "options": (op.options, op.options() if optional else ...),
        "question": (AskedQuestion, ...) if op.requires_question else (None, None),
    }
    model = _model(op, "Request", TextRequest, fields)
    model.model_config["json_schema_extra"] = cast(JsonDict, {"examples": [op.example()]})
    return model


def _reply(op: Operation[Any, Any]) -> type[TextReply]:
    fields: dict[str, Any] = {
        "operation": (Literal[op.name], ...),
        "result": (Said if op.answer is str else op.answer, ...),
    }
    return _model(op, "Reply", TextReply, fields)


def _model(op: Operation[Any, Any], kind: str, base: type[T], fields: dict[str, Any]) -> type[T]:
    """The module is what tells operations of one name apart in the documents."""
    name, module = f"{_title(op.name)}{kind}", f"{__name__}.{op.domain}"
    return create_model(name, __base__=base, __doc__=op.description, __module__=module, **fields)


def _batch_request(title: str, request: Any) -> type[BatchRequest]:
    each = list[Annotated[request, WrapValidator(_isolated)]]
    requests = Annotated[each, Field(min_length=1, max_length=MOST_REQUESTS)]
    return create_model(f"{title}BatchRequest", __base__=BatchRequest, requests=(requests, ...))


def _batch_reply(title: str, reply: Any) -> type[BatchReply]:
    item = create_model(f"{title}BatchItem", __base__=BatchItem, response=(reply | None, ...))
    results = Annotated[list[item], Field(max_length=MOST_REQUESTS)]
    return create_model(f"{title}BatchReply", __base__=BatchReply, __doc__=BatchReply.__doc__, results=(results, ...))


def _title(name: str) -> str:
    return name.title().replace("_", "")


def _one_of(models: list[Any]) -> Any:
    match models:
        case [only]:
            return only
        case _:
            return Annotated[Union[tuple(models)], Field(discriminator="operation")]  # noqa: UP007 - built at run time


def _isolated(value: Any, validate: Any) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        return Invalid(error)
