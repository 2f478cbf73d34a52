"""Variants of a topology: a design with one part as the guide prints it, by the phrase that names it in a scenario.

A variant is one YAML file: ``phrase`` (as in "the active-passive topology without fencing"), ``defect`` (the guide's
defect that it plants, such as G11) and ``overrides`` (dotted key paths of the topology and their other values).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ziggie_harness.model.errors import TopologyError

KEYS = frozenset({"phrase", "defect", "overrides"})


@dataclass(frozen=True, slots=True)
class Variant:
    """A planted defect."""

    phrase: str
    defect: str
    overrides: Mapping[str, object]


def read_variants(directory: Path) -> tuple[Variant, ...]:
    """Read every variant of a directory, ordered by file name; raise TopologyError for a file that is none."""
    return tuple(_read(path) for path in sorted(directory.glob("*.yaml")))


def _read(path: Path) -> Variant:
    """Read one variant."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != KEYS or not isinstance(content["overrides"], dict):
        raise TopologyError(
            f"{path} is no variant of a topology",
            hint=f"a variant has exactly the keys {', '.join(sorted(KEYS))}; overrides is a mapping",
        )
    return Variant(str(content["phrase"]), str(content["defect"]), content["overrides"])
