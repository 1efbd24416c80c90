"""The contract of every operation of every installed domain: a new file is tested before its author writes a test."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from typer.testing import CliRunner, Result

from app.cli import build
from app.core.settings import Settings
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
    return {"operation": op.name, "text": TEXT, "options": options(op).model_dump(mode="json")} | question | fields


def command(op: Op, *arguments: str) -> Result:
    """`run`, with the operation's full name where another domain has the short one."""
    sharing = [one for one in OPERATIONS.values() if one.name == op.name]
    name = op.name if sharing[0] is op else op.full_name
    return CliRunner().invoke(build(), ["run", name, *arguments], input=TEXT, env={"COLUMNS": "200", "TERM": "dumb"})


def flag_of(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def flags(op: Op) -> list[str]:
    """The options that must be given, as arguments."""
    found, shown = [], command(op, "--help").output
    for option, value in options(op).model_dump(mode="json", exclude_unset=True).items():
        flag = flag_of(option)
        if re.search(rf"{flag}\s+JSON", shown):
            found += [flag, json.dumps(value)]
        elif isinstance(value, bool):
            found.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            found += [word for one in (value if isinstance(value, list) else [value]) for word in (flag, str(one))]
    return found


def parts(schema: Any, *types: str, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every part of a schema that is of one of these types and whose values nobody lists."""
    found = []
    if isinstance(schema, dict):
        if schema.get("type") in types and not {"enum", "const"} & set(schema):
            found.append((place, schema))
        for name, child in schema.items():
            found += parts(child, *types, place=f"{place}.{name}")
    if isinstance(schema, list):
        for child in schema:
            found += parts(child, *types, place=place)
    return found


@each
def test_its_description_is_a_sentence(op: Op) -> None:
    assert op.description.endswith(".")
    assert len(op.description) <= 200


@each
def test_every_option_is_described_and_has_a_default_or_an_example(op: Op) -> None:
    for name, field in op.options.model_fields.items():
        assert field.description, name
        assert not field.is_required() or field.examples, name


@each
def test_every_string_option_is_bounded(op: Op) -> None:
    for place, schema in parts(op.options.model_json_schema(), "string"):
        assert "maxLength" in schema, place


@each
def test_every_number_option_is_bounded(op: Op) -> None:
    for place, schema in parts(op.options.model_json_schema(), "integer", "number"):
        assert {"minimum", "maximum"} <= set(schema), place


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
    assert op.answer is str or all("maxLength" in one for _, one in parts(schema, "string"))


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
    shown = command(op, "--help")
    assert shown.exit_code == 0
    assert all(flag_of(name) in shown.output for name in op.options.model_fields)


@offline
def test_it_answers_on_the_command_line(op: Op, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    question = ["--question", ASKED] if op.requires_question else []
    done = command(op, "--json", *question, *flags(op))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["source"] == "offline"


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
