"""As much of PromQL as it takes to say which series an expression reads."""

import re
from collections.abc import Iterator

_STRING = re.compile(r'"[^"]*"')
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"(?<![\w.])([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?(?!\w|\s*\()")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_OPERATORS = {"and", "or", "unless", "bool", "offset"}


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric with the labels that select among its series."""
    for name, matchers in _SELECTOR.findall(_GROUPING.sub(" ", _bare(expression))):
        if name not in _OPERATORS:
            yield name, set(_MATCHER.findall(matchers))


def grouping(expression: str) -> set[str]:
    """The labels of every `by (...)`."""
    return {label.strip() for labels in _GROUPING.findall(_bare(expression)) for label in labels.split(",")}


def _bare(expression: str) -> str:
    return _RANGE.sub("", _STRING.sub('""', expression))
