"""Which of many rules a text meets, without searching for most of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """`needs` is what a text without a match lacks, mostly: one of each group must be there before it is searched."""

    name: str
    weight: int
    pattern: re.Pattern[str]
    needs: tuple[tuple[str, ...], ...]


class Rules:
    """Looks once for every single character that is needed; what is missing spares most searches."""

    def __init__(self, *rules: Rule) -> None:
        quick = dict.fromkeys(group for rule in rules for group in rule.needs if _is_quick(group))
        bits = {group: 1 << place for place, group in enumerate(quick)}
        signs = dict.fromkeys(sign for group in bits for sign in group)
        self._signs = [(sign, sum(bit for group, bit in bits.items() if sign in group)) for sign in signs]
        self._all = sum(bits.values())
        self._rules = [
            (rule, sum(bits[group] for group in {*rule.needs} & bits.keys()), tuple({*rule.needs} - bits.keys()))
            for rule in rules
        ]

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rule, _, _ in self._rules)

    def met(self, text: str) -> dict[Rule, Span]:
        """The rules, each with the first place where it is met."""
        there = 0
        for sign, groups in self._signs:
            if sign in text:
                there |= groups
        missing = self._all & ~there
        possible = [(rule, others) for rule, needed, others in self._rules if not needed & missing]
        return {
            rule: found.span()
            for rule, others in possible
            if _has(text, others) and (found := rule.pattern.search(text))
        }


def _is_quick(group: tuple[str, ...]) -> bool:
    return all(len(sign) == 1 for sign in group)


def _has(text: str, groups: tuple[tuple[str, ...], ...]) -> bool:
    return all(any(sign in text for sign in group) for group in groups)
