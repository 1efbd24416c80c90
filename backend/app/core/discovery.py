"""Find plug-ins by looking once into one package. Import errors are never swallowed."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def members(package: ModuleType, kind: type[T]) -> Iterator[T]:
    """Yield each `kind` bound in a direct child module of `package`, sorted by module.

    Raises TypeError for a child that offers none, so that a misspelt plug-in is noticed at start.
    """
    seen: set[int] = set()
    for child in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if child.name.startswith("_"):
            continue
        module = import_module(f"{package.__name__}.{child.name}")
        offered = [value for value in vars(module).values() if isinstance(value, kind)]
        if not offered:
            raise TypeError(f"{module.__name__} offers no {kind.__name__}")
        for value in offered:
            if id(value) not in seen:
                seen.add(id(value))
                yield value


def by_name(found: Iterator[T]) -> dict[str, T]:
    """Index plug-ins by their `name`; raises ValueError when two share one."""
    index: dict[str, T] = {}
    for item in found:
        name: str = getattr(item, "name")  # noqa: B009 - every kind of plug-in has a name, no common base
        if name in index:
            raise ValueError(f"Two plug-ins are named {name!r}: {index[name]!r} and {item!r}")
        index[name] = item
    return index
