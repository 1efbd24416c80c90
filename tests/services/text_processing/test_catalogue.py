"""The contract of every operation: a new file in `operations/` is tested before its author writes a test."""

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from app.cli import build
from app.services.text_processing import DOMAIN
from app.services.text_processing.catalogue import CATALOGUE
from app.services.text_processing.operation import Operation
from tests.support.schema_filler import fill
from tests.support.service import TEXT, Service

Op = Operation[Any, Any]
ASKED = "Why did the guests not mind?"
MARK = "Zanzibar"
each = pytest.mark.parametrize("op", CATALOGUE.values(), ids=CATALOGUE)
offline = pytest.mark.parametrize(
    "op",
    [op for op in CATALOGUE.values() if op.card()["works_offline"]],
    ids=[name for name, op in CATALOGUE.items() if op.card()["works_offline"]],
)


def options(op: Op) -> Any:
    """The defaults, with an example for each option that must be given."""
    fields = op.options.model_fields.items()
    return op.options(**{name: field.examples[0] for name, field in fields if field.is_required() and field.examples})


def request(op: Op, **fields: Any) -> dict[str, Any]:
    question = {"question": ASKED} if op.requires_question else {}
    return {"operation": op.name, "text": TEXT, "options": options(op).model_dump()} | question | fields


def strings(schema: Any, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every string of a schema whose values nobody lists."""
    found = []
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not {"enum", "const"} & set(schema):
            found.append((place, schema))
        for name, child in schema.items():
            found += strings(child, f"{place}.{name}")
    if isinstance(schema, list):
        for child in schema:
            found += strings(child, place)
    return found


@each
def test_its_description_is_a_sentence(op: Op) -> None:
    assert op.description.endswith(".")
    assert len(op.description) <= 200


@each
def test_every_option_is_described_and_has_a_default_or_an_example(op: Op) -> None:
    for name, field in op.options.model_fields.items():
        assert field.description, name
        assert field.default is not PydanticUndefined or field.examples, name


@each
def test_every_string_option_is_bounded(op: Op) -> None:
    for place, schema in strings(op.options.model_json_schema()):
        assert "maxLength" in schema, place


@each
def test_every_number_option_is_bounded(op: Op) -> None:
    for name, schema in op.options.model_json_schema().get("properties", {}).items():
        if schema.get("type") in ("integer", "number"):
            assert {"minimum", "maximum"} <= set(schema), name


@each
def test_its_question_is_pure(op: Op) -> None:
    assert op.question(TEXT, options(op), ASKED) == op.question(TEXT, options(op), ASKED)


@each
def test_its_instructions_hold_neither_the_text_nor_the_question(op: Op) -> None:
    asked = op.question(f"{TEXT} {MARK}", options(op), f"What of {MARK}?" if op.requires_question else None)
    assert MARK not in asked.instructions
    assert MARK in asked.material
    assert (MARK in asked.asked) == op.requires_question
    assert asked.name == op.full_name


@each
def test_its_answer_can_be_described_to_a_model(op: Op) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(op.answer)
    schema = adapter.json_schema()
    assert adapter.validate_python(fill(schema, TEXT)) is not None
    assert op.answer is str or all("maxLength" in one for _, one in strings(schema))


@offline
def test_its_offline_answer_fits_its_own_schema(op: Op) -> None:
    question = op.question(TEXT, options(op), ASKED if op.requires_question else None)
    assert question.offline is not None
    answer = question.offline()
    adapter: TypeAdapter[Any] = TypeAdapter(op.answer)
    assert adapter.validate_json(adapter.dump_json(answer)) == answer
    assert isinstance(answer, BaseModel) or answer


@each
def test_it_degrades_only_when_it_can_answer_offline(op: Op) -> None:
    assert op.card()["works_offline"] or not op.terms.degrades


@each
def test_it_has_a_card(op: Op, service: Service) -> None:
    cards = {card["id"]: card for card in service.anonymous.get("/v1/text_processing/operations").json()["operations"]}
    assert cards[op.name] == op.card()


@each
def test_it_has_a_request_and_a_reply_of_its_own_in_the_documents(op: Op, service: Service) -> None:
    schemas = service.anonymous.get("/openapi.json").json()["components"]["schemas"]
    title = op.name.title().replace("_", "")
    assert schemas[f"{title}Request"]["properties"]["operation"]["const"] == op.name
    assert schemas[f"{title}Reply"]["properties"]["operation"]["const"] == op.name


@each
def test_it_has_a_policy(op: Op, service: Service) -> None:
    found = service.operator.get("/internal/resilience/circuit-breakers").json()["policies"]
    assert op.full_name in found
    assert DOMAIN.operations[op.full_name] == op.terms


@offline
def test_it_answers_over_http_and_the_second_time_from_the_cache(op: Op, service: Service) -> None:
    body = request(op, text=f"{TEXT} Nobody asked this in the test of {op.name}.")
    first, second = (service.client.post("/v1/text_processing/process", json=body) for _ in range(2))
    assert (first.status_code, first.json()["source"], first.headers["x-cache"]) == (200, "offline", "miss")
    assert (second.json()["source"], second.headers["x-cache"]) == ("cache", "hit")
    assert first.json()["result"] == second.json()["result"]


@each
def test_it_is_on_the_command_line_with_its_options_as_flags(op: Op) -> None:
    shown = CliRunner().invoke(build(), ["run", op.name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert shown.exit_code == 0
    for name in op.options.model_fields:
        assert f"--{name.replace('_', '-')}" in shown.output


@offline
def test_it_is_counted(op: Op, service: Service) -> None:
    body = request(op, text=f"{TEXT} Counted in the test of {op.name}.")
    assert service.client.post("/v1/text_processing/process", json=body).status_code == 200
    metrics = service.operator.get("/internal/metrics").text
    assert f'llm_requests_total{{model="offline",operation="{op.full_name}",outcome="success"' in metrics


def test_names_are_unique_and_sorted() -> None:
    assert list(CATALOGUE) == sorted(CATALOGUE)
    assert all(name == op.name for name, op in CATALOGUE.items())
