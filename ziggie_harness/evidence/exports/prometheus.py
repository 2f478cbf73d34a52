"""Prometheus' text format: what a scrape of a file, or a push, puts beside the metrics of production."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Final

from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import Standing, matrix
from ziggie_harness.evidence.results import results_of
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle

Value = Callable[[SealedBundle], float | None]

GAUGES: Final[Mapping[str, tuple[str, Value]]] = {
    "ziggie_drill_rto_seconds": ("Measured recovery time.", lambda bundle: bundle.played.row.rto_seconds),
    "ziggie_drill_rto_objective_seconds": (
        "Promised recovery time.",
        lambda bundle: bundle.played.row.rto_objective_seconds,
    ),
    "ziggie_drill_rpo_seconds": (
        "Age of the oldest lost write at the fault.",
        lambda bundle: bundle.played.row.rpo_seconds,
    ),
    "ziggie_drill_rpo_objective_seconds": (
        "Promised recovery point.",
        lambda bundle: bundle.played.row.rpo_objective_seconds,
    ),
    "ziggie_drill_lost_writes": ("Acknowledged writes that are lost.", lambda bundle: bundle.played.row.lost_writes),
    "ziggie_drill_duration_seconds": ("Length in drill time.", lambda bundle: bundle.played.row.drill_seconds),
    "ziggie_drill_skipped_seconds": (
        "Idle drill time that was skipped.",
        lambda bundle: bundle.played.row.skipped_seconds,
    ),
    "ziggie_drill_ended_timestamp_seconds": (
        "When the drill ended.",
        lambda bundle: bundle.provenance.ended.timestamp(),
    ),
}


def prometheus(run: RunRecord) -> str:
    """Return a run in Prometheus' text format; a sabotage is labelled as such, so that no alert takes it for real."""
    return "".join(f"{line}\n" for line in _lines(run))


def _lines(run: RunRecord) -> Iterator[str]:
    """Yield the lines of every metric."""
    for name, (meaning, value) in GAUGES.items():
        found = ((_labels(bundle), value(bundle)) for bundle in run.bundles)
        yield from _metric(name, meaning, ((labels, number) for labels, number in found if number is not None))
    count = {ending: sum(played.row.ending is ending for played in run.scenarios) for ending in Ending}
    yield from _metric(
        "ziggie_scenarios", "Scenarios by how they ended.", (({"ending": end.value}, count[end]) for end in Ending)
    )
    yield from _metric(
        "ziggie_clause_supported",
        "1 if the evidence supports the clause, 0 if it does not or does not suffice.",
        (
            ({"clause": line.identifier, "standing": line.standing.value}, line.standing is Standing.SUPPORTED)
            for line in matrix(results_of([run]), clauses()).lines
        ),
    )
    yield from _metric("ziggie_run_wall_seconds", "Wall time of the run.", [({}, run.wall_seconds)])


def _labels(bundle: SealedBundle) -> Mapping[str, str]:
    """Return what tells a drill from all others of the run."""
    row = bundle.played.row
    return {
        "requirement": bundle.played.requirement.identifier or "",
        "feature": row.feature,
        "scenario": row.scenario,
        "drill": PurePath(row.evidence).name,
        "ending": row.ending.value,
        "sabotage": "true" if bundle.played.is_sabotage else "false",
        "fidelity": row.fidelity.name if row.fidelity is not None else "",
    }


def _metric(name: str, meaning: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    """Yield a metric with its samples; one without any is left out."""
    lines = [f"{name}{_written(labels)} {float(value)!r}" for labels, value in samples]
    if lines:
        yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *lines)


def _written(labels: Mapping[str, str]) -> str:
    """Write labels; backslash, quote and line break are escaped, as the format wants."""
    if not labels:
        return ""
    pairs = (
        '{}="{}"'.format(name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for name, value in labels.items()
    )
    return f"{{{','.join(pairs)}}}"
