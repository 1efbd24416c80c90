"""The limits for configs from strangers, at each edge and beyond it."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.infrastructure.resilience.secure import FORBIDDEN, field_whitelist, security_config, validate_secure
from app.infrastructure.resilience.templates import TEMPLATES
from app.infrastructure.resilience.validation import validate

from .policies import declared

POLICIES = declared("area.deed", "area.other", "far.other")
LIMITS: dict[str, int] = security_config()["limits"]


def faults(config: object) -> tuple[str, ...]:
    """What `validate_secure` says beyond `validate`."""
    plain = validate(config, POLICIES, "staging")
    errors = validate_secure(config, POLICIES, "staging").errors
    assert errors[len(errors) - len(plain.errors) :] == plain.errors
    return errors[: len(errors) - len(plain.errors)]


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def sized(size: int) -> dict[str, list[str]]:
    """An object that is `size` bytes long as compact JSON and breaks no other limit."""
    config = {"a": ["x" * 191] * 20, "bc": ["x" * (size - 3897)]}
    assert len(json.dumps(config, separators=(",", ":"))) == size
    return config


def test_the_limits_are_the_documented_ones() -> None:
    assert LIMITS == {"bytes": 4096, "string": 200, "array": 20, "properties": 50, "depth": 10}
    assert security_config()["forbidden"].keys() == {"markup", "template", "path"}


@pytest.mark.parametrize(
    "config",
    [
        {"a": "x" * 200},
        {"x" * 200: 1},
        {"a": [1] * 20},
        {f"k{number}": 1 for number in range(50)},
        nested(10),
        sized(4096),
    ],
)
def test_the_edges_are_within_the_limits(config: object) -> None:
    assert faults(config) == ()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"a": "x" * 201}, "a string of 201 characters; at most 200"),
        ({"x" * 201: 1}, "a string of 201 characters; at most 200"),
        ({"a": [1] * 21}, "an array of 21 elements; at most 20"),
        ({f"k{number}": 1 for number in range(51)}, "an object of 51 properties; at most 50"),
        (nested(11), "nested deeper than 10"),
        (sized(4097), "4097 bytes; at most 4096"),
        ({"é" * 190: ["é" * 190] * 11}, "4599 bytes; at most 4096"),
    ],
)
def test_beyond_the_edges_a_config_is_refused(config: object, words: str) -> None:
    assert faults(config) == (words,)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("markup", "<script>"),
        ("markup", "a>b"),
        ("markup", "&lt;b"),
        ("markup", "&#60;b"),
        ("markup", "JavaScript:x"),
        ("markup", "data:text"),
        ("markup", "\N{FULLWIDTH LESS-THAN SIGN}script"),
        ("template", "{{7*7}}"),
        ("template", "${HOME}"),
        ("template", "$(id)"),
        ("template", "`id`"),
        ("template", "{% if %}"),
        ("path", "../etc"),
        ("path", "/etc"),
        ("path", "C:\\x"),
        ("path", "~root"),
        ("path", "%2e%2E"),
        ("path", "a\x00b"),
    ],
)
def test_a_pattern_is_refused_in_keys_and_values(kind: str, text: str) -> None:
    for config in ({text: 1}, {"a": text}, {"a": [{"b": text}]}):
        assert any(fault.startswith(f"{kind} pattern") for fault in faults(config))


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_honest_config_passes_with_its_warnings(name: str) -> None:
    config = TEMPLATES[name].config.model_dump(exclude_unset=True) | {"operation_overrides": {"area.deed": "critical"}}
    assert validate_secure(config, POLICIES, "production") == validate(config, POLICIES, "production")
    assert validate_secure(config, POLICIES, "production").is_valid


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=250),
    lambda children: st.lists(children, max_size=22) | st.dictionaries(st.text(max_size=12), children, max_size=8),
    max_leaves=40,
)
NEARLY_GOOD = st.dictionaries(
    st.sampled_from(
        ["retry_attempts", "exponential_min", "exponential_max", "default_strategy", "operation_overrides", "x"]
    ),
    st.sampled_from(
        [1, 5, 10, 11, "critical", "heroic", {"deed": "critical"}, {"other": "balanced"}, {"<": "critical"}]
    ),
)


@given(ANYTHING | NEARLY_GOOD)
@example({"operation_overrides": {"\ud800": "critical"}})
@example({"a": float("nan")})
@example({"jitter_max": 10**400})
@settings(deadline=None)
def test_it_never_raises_and_is_never_weaker_than_the_plain_validation(config: object) -> None:
    plain, secure = validate(config, POLICIES, "staging"), validate_secure(config, POLICIES, "staging")
    assert set(plain.errors) <= set(secure.errors)
    assert secure.is_valid == (not secure.errors)
    assert plain.is_valid or not secure.is_valid
    json.dumps(secure.errors).encode()


@pytest.mark.parametrize("piece", ["<", "{{", "../", "%2", "&#", "&a", "data", "\N{HORIZONTAL ELLIPSIS}", "\ufdfa"])
def test_a_flood_of_almost_patterns_is_answered_briefly(piece: str) -> None:
    """The patterns see short strings only, and nothing is walked beyond what the limits allow."""
    for config in ({"a": piece * 100_000}, {"a": [piece] * 100_000}, {"a": [piece * 20] * 20}):
        assert sum(map(len, validate_secure(config, POLICIES, "staging").errors)) < 10_000


def test_depth_costs_no_recursion() -> None:
    assert faults(nested(100_000)) == ("nested deeper than 10",)


def test_the_whitelist_tells_known_keys_from_unknown_ones_and_gives_the_bounds() -> None:
    found = field_whitelist({"retry_attempts": 99, "attempts": 1})
    assert (found.is_valid, found.allowed, found.unknown) == (False, ("retry_attempts",), ("attempts",))
    assert (found.fields["retry_attempts"]["minimum"], found.fields["retry_attempts"]["maximum"]) == (1, 10)
    assert found.fields["default_strategy"]["enum"] == ["aggressive", "balanced", "conservative", "critical"]
    assert field_whitelist({"jitter_max": 1}).is_valid


def test_the_whitelist_repeats_no_more_of_a_key_than_the_beginning() -> None:
    assert field_whitelist({"x" * 900_000: 1, "\x1b" * 900: 1}).unknown == ("x" * 200, r"\x1b" * 50)


def test_every_pattern_kind_is_named_in_the_security_config() -> None:
    assert security_config()["forbidden"] == FORBIDDEN
