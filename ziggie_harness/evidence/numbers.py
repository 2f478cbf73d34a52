"""The numbers of a scenario as names and texts, for formats that know nothing else: JUnit's properties, for example."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.row import Row
from ziggie_harness.model.tags import clauses_of


def numbers(row: Row) -> Mapping[str, str]:
    """Return what was measured, with its unit in the name, and how genuine it is; what was not measured is left out."""
    found: dict[str, object] = {
        "RTO_seconds": _rounded(row.rto_seconds),
        "RTO_objective_seconds": row.rto_objective_seconds,
        "RPO_seconds": _rounded(row.rpo_seconds),
        "RPO_objective_seconds": row.rpo_objective_seconds,
        "lost_writes": row.lost_writes,
        "drill_seconds": _rounded(row.drill_seconds) if row.drill_seconds else None,
        "skipped_seconds": _rounded(row.skipped_seconds) if row.drill_seconds else None,
        "fidelity": row.fidelity.name if row.fidelity is not None else None,
        "ending": row.ending.value,
        "caught_by": row.caught_by or None,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def properties(played: Played) -> Mapping[str, str]:
    """Return the numbers of a scenario, and what it proves: the properties of JUnit, pytest's own or ours."""
    told = {
        "requirement": played.requirement.identifier or "",
        "clauses": " ".join(clauses_of(played.requirement.tags)),
        "evidence": PurePath(played.row.evidence).name,
        "evidence_sha256": played.root_sha256,
    }
    return {**numbers(played.row), **{name: value for name, value in told.items() if value}}


def _rounded(seconds: float | None) -> float | None:
    """Return seconds to a thousandth, which is more than any of them is known to."""
    return None if seconds is None else round(seconds, 3)
