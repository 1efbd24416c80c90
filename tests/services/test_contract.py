"""The contract of every operation of every installed domain: a new file is tested before its author writes a test."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from app.cli import build
from app.main import installed_domains
from app.operations import Operation
from tests.support.schema_filler import fill
from tests.support.service import TEXT, Service

Op = Operation[Any, Any]
OPERATIONS: dict[str, Op] = {op.full_name: op for domain in installed_domains() for op in domain.catalogue.values()}
OFFLINE = {name: op for name, op in OPERATIONS.items() if op.card()["works_offline"]}
ASKED = "Why did the guests not mind?"
MARK = "Zanzibar"
each = pytest.mark.parametrize("op", OPERATIONS.values(), ids=OPERATIONS)
offline = pytest.mark.parametrize("op", OFFLINE.values(), ids=OFFLINE)


@pytest.fixture(scope="module")
def product() -> Iterator[Service]:
    with Service(product=True) as service:
        yield service


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
def test_it_has_a_card(op: Op, product: Service) -> None:
    cards = {card["id"]: card for card in product.anonymous.get(f"/v1/{op.domain}/operations").json()["operations"]}
    assert cards[op.name] == op.card()


@each
def test_it_has_a_request_and_a_reply_of_its_own_in_the_documents(op: Op, product: Service) -> None:
    schemas = product.anonymous.get("/openapi.json").json()["components"]["schemas"]
    title = op.name.title().replace("_", "")
    for shape in (f"{title}Request", f"{title}Reply"):
        # Where domains share a name, the documents put the domain before it.
        found = schemas.get(shape) or schemas[f"app__operations__shapes__{op.domain}__{shape}"]
        assert found["properties"]["operation"]["const"] == op.name


@each
def test_it_has_a_policy(op: Op, product: Service) -> None:
    found = product.operator.get("/internal/resilience/circuit-breakers").json()["policies"]
    assert op.full_name in found


@offline
def test_it_answers_over_http_and_the_second_time_from_the_cache(op: Op, product: Service) -> None:
    body = request(op, text=f"{TEXT} Nobody asked this in the test of {op.name}.")
    first, second = (product.client.post(f"/v1/{op.domain}/process", json=body) for _ in range(2))
    assert (first.status_code, first.json()["source"], first.headers["x-cache"]) == (200, "offline", "miss")
    assert (second.json()["source"], second.headers["x-cache"]) == ("cache", "hit")
    assert first.json()["result"] == second.json()["result"]


@each
def test_it_is_on_the_command_line_with_its_options_as_flags(op: Op) -> None:
    """By its short name, or by its full one where domains share the short one."""
    shown = [
        CliRunner().invoke(build(), ["run", name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        for name in (op.name, op.full_name)
    ]
    flags = [f"--{name.replace('_', '-')}" for name in op.options.model_fields]
    assert any(one.exit_code == 0 and all(flag in one.output for flag in flags) for one in shown)


@offline
def test_it_is_counted(op: Op, product: Service) -> None:
    body = request(op, text=f"{TEXT} Counted in the test of {op.name}.")
    assert product.client.post(f"/v1/{op.domain}/process", json=body).status_code == 200
    metrics = product.operator.get("/internal/metrics").text
    assert f'llm_requests_total{{model="offline",operation="{op.full_name}",outcome="success"' in metrics


def test_operations_are_listed_under_their_names() -> None:
    for domain in installed_domains():
        assert {op.full_name: op.terms for op in domain.catalogue.values()} == domain.operations
        assert all(name == op.name for name, op in domain.catalogue.items())
