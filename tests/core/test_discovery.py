"""Plug-ins are found by looking, and a mistake in one is loud."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from app.core.discovery import by_name, members

Folder = Callable[..., ModuleType]
NUMBERS = count()


@dataclass(frozen=True)
class Plug:
    name: str


HEAD = "from tests.core.test_discovery import Plug\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """Makes a package of these modules, and forgets it after the test."""
    name = f"plugs{next(NUMBERS)}"
    monkeypatch.syspath_prepend(tmp_path)

    def make(**modules: str) -> ModuleType:
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").touch()
        for module, source in modules.items():
            (package / f"{module}.py").write_text(HEAD + source, encoding="utf-8")
        invalidate_caches()
        return import_module(name)

    yield make
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def test_plugs_come_in_the_order_of_their_modules(folder: Folder) -> None:
    package = folder(zebra="z = Plug('a')", ape="a = Plug('z')")
    assert [plug.name for plug in members(package, Plug)] == ["z", "a"]


def test_a_module_may_offer_several_and_repeat_none(folder: Folder) -> None:
    package = folder(pair="one = Plug('one')\nagain = one\ntwo = Plug('two')")
    assert list(by_name(members(package, Plug))) == ["one", "two"]


def test_a_plug_that_another_module_imports_is_found_once(folder: Folder) -> None:
    package = folder(a="from .b import plug\nown = Plug('own')", b="plug = Plug('plug')")
    assert sorted(by_name(members(package, Plug))) == ["own", "plug"]


def test_modules_with_an_underscore_are_private(folder: Folder) -> None:
    package = folder(_helper="raise RuntimeError('never imported')", plug="plug = Plug('plug')")
    assert list(by_name(members(package, Plug))) == ["plug"]


def test_an_error_in_a_module_is_not_swallowed(folder: Folder) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        list(members(folder(broken="import no_such_module"), Plug))


def test_a_module_without_a_plug_is_refused_by_name(folder: Folder) -> None:
    with pytest.raises(TypeError, match=r"plugs\d+\.misspelt offers no Plug"):
        list(members(folder(misspelt="plugg = 1"), Plug))


def test_two_plugs_of_one_name_are_refused(folder: Folder) -> None:
    package = folder(a="plug = Plug('same')", b="plug = Plug('same')")
    with pytest.raises(ValueError, match="Two plug-ins are named 'same'"):
        by_name(members(package, Plug))


def test_an_empty_package_offers_nothing(folder: Folder) -> None:
    assert by_name(members(folder(), Plug)) == {}
