"""The defect that a sabotage carries on purpose: what it is, and what the corrected design has in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import yaml

from ziggie_harness.evidence.defects import Severity, defects
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.tags import defects_of


def defects_in(bundle: SealedBundle) -> Sequence[Mapping[str, str]]:
    """Return the defects that a drill carries on purpose: how bad, what the guide gets wrong, what corrects it."""
    if not bundle.played.is_sabotage:
        return ()
    planted = bundle.provenance.design.planted
    names = {*defects_of(bundle.played.requirement.tags), *([planted.defect] if planted else [])}
    known = defects()
    return sorted((asdict(known[name]) for name in names if name in known), key=_by_severity)


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


def _by_severity(defect: Mapping[str, str]) -> tuple[int, str]:
    """Order defects from the worst."""
    return Severity(defect["severity"]).rank, defect["number"]
