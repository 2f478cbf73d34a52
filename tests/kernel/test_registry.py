"""Plugins are found as files, and what is wrong with one is said by name."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.registry import Registry, discover
from ziggie_harness.model.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

FREEZE = "class Freeze:\n    name = 'freeze'\n    phrase = 'freezes'\n"


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> ModuleType:
    """Make a package of plugin modules and import it."""
    name = f"plugins_{abs(hash(tmp_path))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    for module, source in modules.items():
        (tmp_path / name / f"{module}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    for loaded in [known for known in sys.modules if known.startswith(name)]:
        del sys.modules[loaded]
    return importlib.import_module(name)


def test_each_module_gives_its_one_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Public classes are instantiated by name; private modules and classes are passed over."""
    kill = "class _Shared: ...\nclass Kill(_Shared):\n    name = 'kill'\n    phrase = 'dies'\n"
    found = discover(package(tmp_path, monkeypatch, freeze=FREEZE, kill=kill, _shared="x = 1"), "fault", ("phrase",))
    assert sorted(found.plugins) == ["freeze", "kill"]


def test_a_package_is_no_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package among the plugins holds the parts of one, and is not even imported."""
    plugins = package(tmp_path, monkeypatch, freeze=FREEZE)
    parts = tmp_path / plugins.__name__ / "parts"
    parts.mkdir()
    (parts / "__init__.py").write_text("raise AssertionError('imported')")
    assert sorted(discover(plugins, "fault", ("phrase",)).plugins) == ["freeze"]


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        ({"empty": "x = 1"}, "exactly one public class, this one has: none"),
        ({"two": FREEZE + "class Other: ..."}, "Freeze, Other"),
        ({"bare": "class Bare:\n    name = 'bare'"}, "it has no phrase"),
        ({"a": FREEZE, "b": FREEZE}, "already defined in"),
    ],
)
def test_a_wrong_module_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: dict[str, str], sentence: str
) -> None:
    """The error says which module is wrong, and how."""
    with pytest.raises(PluginError, match=sentence):
        discover(package(tmp_path, monkeypatch, **modules), "fault", ("phrase",))


def test_an_unknown_name_gets_the_nearest() -> None:
    """A slip of the pen is answered by what was meant, anything else by what there is."""
    registry = Registry("fault", {"region outage": 1, "freeze": 2})
    assert registry["freeze"] == 2
    with pytest.raises(PluginError, match="did you mean 'region outage'"):
        registry["region outtage"]
    with pytest.raises(PluginError, match="known are: freeze, region outage"):
        registry["xyz"]
