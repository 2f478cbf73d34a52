"""The defect that a sabotage carries on purpose: what it is, and what the corrected design has in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import yaml

from ziggie_harness.drill.stage import DATA
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.tags import defects_of


def defects_in(bundle: SealedBundle) -> Sequence[Mapping[str, str]]:
    """Return the defects of the guide that a drill carries on purpose, each with what the guide gets wrong."""
    if not bundle.played.is_sabotage:
        return ()
    planted = bundle.provenance.design.planted
    names = {*defects_of(bundle.played.requirement.tags), *([planted.defect] if planted else [])}
    return [{"defect": name, "says": _explained().get(name, "")} for name in sorted(names)]


def changes_in(bundle: SealedBundle) -> Iterator[Sequence[str]]:
    """Yield each key of the design that the defect changed, with its value there and in the corrected design."""
    planted = bundle.provenance.design.planted
    if planted is None:
        return
    corrected = yaml.safe_load(bundle.provenance.design.text)
    for path, value in planted.overrides.items():
        yield path, _spelled(value), _spelled(_at(corrected, path))


def phrase_of(planted: Planted | None) -> str:
    """Return how a scenario names the planted defect, or nothing."""
    return planted.phrase if planted else ""


def _at(document: object, path: str) -> object:
    """Return what stands at a dotted path of a design, or None."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def _spelled(value: object) -> str:
    """Return a value of a design as its file spells it."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000).removesuffix("...\n").strip()


@cache
def _explained() -> Mapping[str, str]:
    """Return what the guide gets wrong, by the number of the defect."""
    content = yaml.safe_load((DATA / "defects.yaml").read_text(encoding="utf-8"))
    return {name: str(fields["says"]) for name, fields in content.items()}
