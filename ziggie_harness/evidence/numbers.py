"""The numbers of a scenario as names and texts, for formats that know nothing else: JUnit's properties, for example."""

from __future__ import annotations

from collections.abc import Mapping

from ziggie_harness.evidence.row import Row


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


def _rounded(seconds: float | None) -> float | None:
    """Return seconds to a thousandth, which is more than any of them is known to."""
    return None if seconds is None else round(seconds, 3)
