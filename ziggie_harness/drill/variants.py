"""Variants of a topology: a design with one part as the guide prints it, by the phrase that names it in a scenario.

A variant is one YAML file: ``topology`` (the design, such as active-passive), ``phrase`` (as in "the active-passive
topology without fencing"), ``defect`` (the guide's defect that it plants, such as G11) and ``overrides`` (dotted key
paths of the topology and their other values).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ziggie_harness.drill.yaml_file import Loader
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.tags import MUST_FAIL, defects_of

KEYS = frozenset({"topology", "phrase", "defect", "overrides"})


@dataclass(frozen=True, slots=True)
class Variant:
    """A planted defect."""

    topology: str
    """The design that it is planted in, as sentences spell it."""
    phrase: str
    defect: str
    overrides: Mapping[str, object]

    @property
    def sentence(self) -> str:
        """The step that provisions it."""
        return f"the {self.topology} topology {self.phrase} is in its steady state"


def defects_planted(sentences: Collection[str], tags: Collection[str], variants: Iterable[Variant]) -> Sequence[str]:
    """Return the guide's defects that a sabotage with these steps and tags plants: its variant's, and its tags'."""
    if MUST_FAIL not in tags:
        return ()
    planted = {variant.defect for variant in variants if variant.sentence in sentences}
    return sorted(planted.union(defects_of(tags)))


def read_variants(directory: Path, designs: Collection[str]) -> tuple[Variant, ...]:
    """Read every variant of a directory, ordered by file name; raise TopologyError for a file that is none."""
    return tuple(_read(path, designs) for path in sorted(directory.glob("*.yaml")))


def _read(path: Path, designs: Collection[str]) -> Variant:
    """Read one variant of a known design."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - it is a safe one
    if not isinstance(content, dict) or set(content) != KEYS or not isinstance(content["overrides"], dict):
        raise TopologyError(
            f"{path} is no variant of a topology",
            hint=f"a variant has exactly the keys {', '.join(sorted(KEYS))}; overrides is a mapping",
        )
    if content["topology"] not in designs:
        raise TopologyError(
            f"{path}: topology is {content['topology']!r}, and there is no such design",
            hint=f"it is one of {', '.join(sorted(designs))}",
        )
    return Variant(str(content["topology"]), str(content["phrase"]), str(content["defect"]), content["overrides"])
