"""Plugins are files, files are plugins: one public noun per module, validated when it is found."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Generic, TypeVar

from ziggie_harness.model.errors import PluginError

P = TypeVar("P")


class Registry(Generic[P]):
    """The plugins of one package, by name; asking for an unknown one names the nearest."""

    def __init__(self, kind: str, plugins: Mapping[str, P]) -> None:
        """Hold plugins of a kind, such as "fault"."""
        self.kind = kind
        self.plugins = dict(plugins)

    def __getitem__(self, name: str) -> P:
        """Return the plugin of that name; raise PluginError with the known names for an unknown one."""
        if name in self.plugins:
            return self.plugins[name]
        near = difflib.get_close_matches(name, self.plugins, n=1)
        raise PluginError(
            f"there is no {self.kind} named {name!r}",
            hint=f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(self.plugins))}",
        )


def discover(package: ModuleType, kind: str, required: tuple[str, ...]) -> Registry[object]:
    """Import every module of a package; return an instance of the one public class that each holds, by its ``name``.

    ``required`` are the attributes that a plugin of this kind must have. Raises PluginError, naming the module, for a
    module with no or several public classes, for a missing attribute, and for a name that stands twice.
    """
    found: dict[str, object] = {}
    homes: dict[str, str] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if info.ispkg or info.name.rpartition(".")[2].startswith("_"):
            continue  # a package holds the parts of a plugin, and what several plugins share is none
        module = importlib.import_module(info.name)
        plugin = _sole_public_class(module, kind)()
        missing = [name for name in ("name", *required) if not hasattr(plugin, name)]
        if missing:
            raise PluginError(
                f"{info.name}: {type(plugin).__name__} is no {kind}: it has no {', '.join(missing)}",
                hint=f"see ziggie_harness/ports.py for what a {kind} has to be",
            )
        name = str(plugin.name)  # type: ignore[attr-defined]  # hasattr was asked above
        if name in found:
            raise PluginError(
                f"{info.name}: the {kind} {name!r} is already defined in {homes[name]}",
                hint="give one of them another name; a plugin never replaces another in silence",
            )
        found[name], homes[name] = plugin, info.name
    return Registry(kind, found)


def _sole_public_class(module: ModuleType, kind: str) -> type[object]:
    """Return the only public class defined in a module."""
    classes = [
        thing
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
    ]
    if len(classes) != 1:
        names = ", ".join(sorted(thing.__name__ for thing in classes)) or "none"
        raise PluginError(
            f"{module.__name__}: a {kind} module holds exactly one public class, this one has: {names}",
            hint="give each plugin a file of its own and begin the names of its private parts with an underscore",
        )
    return classes[0]
